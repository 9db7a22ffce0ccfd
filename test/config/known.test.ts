import { expect, test } from '@jest/globals';
import { configuredKnown } from '../../src/config/known.js';
import { loadConfig } from '../../src/config/load.js';

test.each([
  ['UTC', '2026-12-31', '2027-01-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-12-31', '2026-12-31T23:00:00.000Z'],
  // A day of 23 hours.
  ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00.000Z'],
  ['Asia/Tokyo', '2026-12-31', '2026-12-31T15:00:00.000Z'],
])('in %s the last day, %s, ends at %s', async (timezone, until, end) => {
  const text = `known:\n  - { kind: auth_flood, client: 192.0.2.0/24, server: mx1, until: ${until}, reason: audit }\n`;
  const config = await loadConfig({ name: 'mx.yaml', text }, { timezone }, 'UTC');

  expect(configuredKnown(config)).toEqual([
    { kind: 'auth_flood', client: '192.0.2.0/24', server: 'mx1', untilMs: Date.parse(end), reason: 'audit' },
  ]);
});
