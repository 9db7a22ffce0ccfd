import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/config/schema.js';

function checked(stream: unknown): unknown {
  const result = checkConfig({ timezone: 'UTC', stream });
  if ('config' in result) return result.config.stream;
  return result.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('by default events are those of our own topics, in the first epoch', () => {
  expect(checked({})).toEqual({
    epoch: 0,
    group: 'mxwarden',
    idle: '2s',
    max_skew: '1h',
    session_timeout: '30s',
    listen: '127.0.0.1:9469',
    log_level: 'info',
  });
});

describe('settings that are good stay as they are', () => {
  test.each([
    { epoch: 0 },
    { epoch: 511 },
    { group: 'mxwarden-test' },
    { inputs: [{ topic: 'postfix', format: 'ecs' }] },
    {
      inputs: [
        { topic: 'a', format: 'avro' },
        { topic: 'b', format: 'syslog' },
      ],
    },
    { idle: '5s', max_skew: '2h' },
  ])('%j', (given) => {
    expect(checked(given)).toMatchObject(given);
  });
});

describe('settings that cannot be used are told with their place', () => {
  test.each<[unknown, string]>([
    [{ epoch: 512 }, 'stream.epoch: must be a number from 0 to 511'],
    [{ epoch: -1 }, 'stream.epoch: must be a number from 0 to 511'],
    [{ epoch: 1.5 }, 'stream.epoch: must be a number from 0 to 511'],
    [{ epoch: '1' }, 'stream.epoch: must be a number from 0 to 511'],
    [{ inputs: [{ topic: 'a', format: 'json' }] }, 'stream.inputs.0.format: must be one of avro, ecs, syslog'],
    [{ inputs: ['postfix'] }, 'stream.inputs.0: must be a topic such as {topic: postfix, format: ecs}'],
    [{ idle: 'soon' }, 'stream.idle: is no duration such as 30s, 5m, 1h or 1d'],
    [{ groups: 'a' }, 'stream.groups: is no setting'],
    [[], 'stream: must be settings such as {epoch: 1}'],
  ])('%j', (given, problem) => {
    expect(checked(given)).toEqual([problem]);
  });

  test.each([{ group: '' }, { inputs: [] }, { inputs: [{ topic: '', format: 'ecs' }] }, { inputs: [{ topic: 'a' }] }])(
    '%j',
    (given) => {
      expect(checked(given)).toEqual([expect.stringMatching(/^stream\./)]);
    },
  );
});
