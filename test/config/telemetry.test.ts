import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { parse } from 'yaml';
import { settings } from '../../src/config/settings.js';
import { LOG_LEVELS, listenAddress, telemetryEntries } from '../../src/config/telemetry.js';

const schema = settings('must be settings', telemetryEntries);

/** What is wrong with settings. */
function problemsIn(given: unknown): readonly string[] {
  return v.safeParse(schema, given, { abortPipeEarly: true }).issues?.map(({ message }) => message) ?? [];
}

test('all have a default', () => {
  expect(v.parse(schema, {})).toEqual({ listen: '127.0.0.1:9469', log_level: 'info' });
});

describe('where to listen', () => {
  test.each([
    ['127.0.0.1:9469', { host: '127.0.0.1', port: 9469 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['"[::1]:65535"', { host: '::1', port: 65_535 }],
    ['off', undefined],
  ])('%s', (yaml, address) => {
    const { listen } = v.parse(schema, parse(`listen: ${yaml}`));

    expect(listenAddress(listen)).toEqual(address);
  });

  test.each(['""', '9469', ':9469', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', '::1:9469', 'http://a:1', 'no'])(
    'not %s',
    (yaml) => {
      expect(problemsIn(parse(`listen: ${yaml}`))).toEqual([expect.stringMatching(/^is not ADDRESS:PORT/)]);
    },
  );
});

test('a level is one of those that there are', () => {
  for (const level of LOG_LEVELS) expect(problemsIn({ log_level: level })).toEqual([]);
  expect(problemsIn({ log_level: 'trace' })).toEqual(['must be one of error, warn, info, debug']);
});
