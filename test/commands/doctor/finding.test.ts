import { expect, test } from '@jest/globals';
import {
  durationText,
  failure,
  findingsJson,
  findingsText,
  listed,
  ok,
  warning,
} from '../../../src/commands/doctor/finding.js';

const FINDINGS = [
  ok('brokers', '3 brokers answer.'),
  warning('topics', 'mail: retention.ms is 1, not 2.', 'kafka-configs.sh --alter'),
  failure('elasticsearch', 'It does not answer.', 'Start it.'),
];

test('each finding is a line, and what to do stands below it', () => {
  expect(findingsText(FINDINGS)).toBe(
    'ok       brokers        3 brokers answer.\n' +
      'warning  topics         mail: retention.ms is 1, not 2.\n' +
      '                        next: kafka-configs.sh --alter\n' +
      'failure  elasticsearch  It does not answer.\n' +
      '                        next: Start it.\n' +
      '1 ok, 1 warning, 1 failure\n',
  );
});

test('the same in JSON', () => {
  expect(JSON.parse(findingsJson(FINDINGS))).toEqual({
    findings: FINDINGS,
    counts: { ok: 1, warning: 1, failure: 1 },
  });
});

test('what servers and logs say obeys no terminal, and breaks no line', () => {
  const text = findingsText([ok('identity', 'host \u001b[2Jmx\nok')]);

  expect(text).toBe('ok       identity  host \\u001b[2Jmx\\u000aok\n1 ok, 0 warnings, 0 failures\n');
  expect(findingsJson([ok('identity', 'a\u2028b')])).toContain('a\\u2028b');
});

test.each([
  [40_000, '40 s'],
  [150_000, '3 min'],
  [3 * 3_600_000, '3 h'],
  [5 * 86_400_000, '5 d'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('of many names the first three are shown', () => {
  expect(listed(['a', 'b', 'c'])).toBe('a, b, c');
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
});
