import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { LogLevel } from '../../src/config/telemetry.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { Log } from '../../src/telemetry/log.js';

const START_MS = Date.UTC(2026, 6, 5, 10);
const SOURCE = { stage: 'aggregate', source: 'mxwarden.mail-events/3' } as const;

/** A log with a clock that is moved by hand, and what is in the lines that it has written. */
function createLog(level: LogLevel = 'info') {
  const clock = { nowMs: START_MS };
  const texts: string[] = [];
  const log = new Log(
    { level, version: '1.2.3', node: 'host1' },
    { nowMs: () => clock.nowMs, write: (line) => void texts.push(line) },
  );
  const lines = (): readonly Record<string, unknown>[] =>
    texts.map((text) => v.parse(v.record(v.string(), v.unknown()), JSON.parse(text)));
  return { log, clock, texts, lines };
}

test('a line is one of the Elastic Common Schema', () => {
  const { log, texts, lines } = createLog();
  log.info('The partition is restored.', { ...SOURCE, offset: 16_384, count: 7, durationMs: 1.5 });

  expect(texts).toEqual([expect.stringMatching(/^\{"@timestamp":"[^"]*","log.level":"info","message":"[^\n]*\}\n$/)]);
  expect(lines()).toEqual([
    {
      '@timestamp': '2026-07-05T10:00:00.000Z',
      'log.level': 'info',
      message: 'The partition is restored.',
      'ecs.version': '8.17.0',
      'event.dataset': 'mxwarden.stream',
      'service.name': 'mxwarden',
      'service.version': '1.2.3',
      'service.node.name': 'host1',
      'mxwarden.stage': 'aggregate',
      'kafka.topic': 'mxwarden.mail-events',
      'kafka.partition': 3,
      'kafka.offset': 16_384,
      'event.duration': 1_500_000,
      'mxwarden.count': 7,
    },
  ]);
});

test('what a server does not do is told beside the message, and each trouble by itself', () => {
  const { log, lines } = createLog();
  for (const trouble of ['It is away.', 'It is away.', `It says ${'no'.repeat(1000)}`])
    log.warn('It is asked again.', { stage: 'index', trouble });

  expect(lines().map((line) => String(line['error.message']).slice(0, 12))).toEqual(['It is away.', 'It says nono']);
  expect(String(lines()[1]?.['error.message'])).toHaveLength(1024);
});

test.each<[LogLevel, readonly string[]]>([
  ['error', ['error']],
  ['warn', ['error', 'warn']],
  ['info', ['error', 'warn', 'info']],
  ['debug', ['error', 'warn', 'info', 'debug']],
])('of level %s are written: %j', (level, written) => {
  const { log, lines } = createLog(level);
  log.error('A sentence.');
  log.warn('A sentence.');
  log.info('A sentence.');
  log.debug('A sentence.');

  expect(lines().map((line) => line['log.level'])).toEqual(written);
});

describe('an error', () => {
  test('has its type, its words and those of its causes', () => {
    const { log, lines } = createLog();
    const cause = new RangeError('no such offset');
    log.warn('The batch is read again.', SOURCE, new TypeError('no batch', { cause }));

    expect(lines()).toEqual([
      expect.objectContaining({
        'error.type': 'TypeError',
        'error.message': 'no batch Caused by: no such offset',
        'error.stack_trace': expect.stringMatching(
          /^TypeError: no batch\n[^]*\nCaused by: RangeError: no such offset\n/,
        ),
      }),
    ]);
  });

  test('that is its own cause ends', () => {
    const { log, lines } = createLog();
    const error = new Error('again');
    error.cause = error;
    log.error('It failed.', {}, error);

    expect(lines()).toEqual([
      expect.objectContaining({ 'error.message': Array<string>(4).fill('again').join(' Caused by: ') }),
    ]);
  });

  test('that is none has only its type: nobody knows what is in it', () => {
    const { log, lines, texts } = createLog();
    log.error('It failed.', {}, { password: 's3cret' });

    expect(lines()).toEqual([expect.objectContaining({ 'error.type': 'object' })]);
    expect(texts.join('')).not.toContain('s3cret');
  });

  test('is cut, between characters, and nothing in it is obeyed by a terminal', () => {
    const { log, lines, texts } = createLog();
    log.error('It failed.', {}, new Error(`\u001b[2J\u009b2J\n${'x'.repeat(1014)}😀😀`));

    const [text = ''] = texts;
    for (const obeyed of ['\u001b', '\u009b', '\n{', '\nx']) expect(text).not.toContain(obeyed);
    expect(lines()).toEqual([expect.objectContaining({ 'error.message': `\u001b[2J\u009b2J\n${'x'.repeat(1014)}…` })]);
  });
});

describe('the same message', () => {
  test('is written once a minute, then with the number of those left out', () => {
    const { log, clock, lines } = createLog();
    for (const seconds of [0, 1, 30, 59.999]) {
      clock.nowMs = START_MS + seconds * 1000;
      log.warn('Kafka is waited for.', { broker: `k${seconds}:9092` });
    }
    expect(lines()).toHaveLength(1);

    clock.nowMs = START_MS + MINUTE_MS;
    log.warn('Kafka is waited for.');
    clock.nowMs += MINUTE_MS;
    log.warn('Kafka is waited for.');

    expect(lines().map((line) => line['mxwarden.left_out'])).toEqual([undefined, 3, undefined]);
  });

  test('is another one of another level, stage or partition', () => {
    const { log, lines } = createLog();
    log.warn('It waits.');
    log.error('It waits.');
    log.warn('It waits.', SOURCE);
    log.warn('It waits.', { ...SOURCE, source: 'mxwarden.mail-events/4' });
    log.warn('It waits.', { ...SOURCE, stage: 'correlate' });
    log.warn('It waits.', { ...SOURCE, offset: 7 });

    expect(lines()).toHaveLength(5);
  });

  test('tells what was left out with the next line a minute later, whatever that is about', () => {
    const { log, clock, lines } = createLog();
    for (const offset of [1, 2, 3]) log.warn('It waits.', { offset });
    clock.nowMs += MINUTE_MS;
    log.info('It goes on.');
    clock.nowMs += MINUTE_MS;
    log.info('It ends.');

    expect(lines().map((line) => [line['message'], line['kafka.offset'], line['mxwarden.left_out']])).toEqual([
      ['It waits.', 1, undefined],
      ['It waits.', 3, 1],
      ['It goes on.', undefined, undefined],
      ['It ends.', undefined, undefined],
    ]);
  });

  test('tells what was left out at the end, once', () => {
    const { log, lines } = createLog();
    for (const offset of [1, 2]) log.warn('It waits.', { offset });
    log.flush();
    log.flush();

    expect(lines().map((line) => line['kafka.offset'])).toEqual([1, 2]);
  });

  test('is written again when a thousand others were', () => {
    const { log, lines } = createLog();
    for (let number = 0; number < 1001; number += 1) log.warn(`Number ${number}.`);
    log.warn('Number 1000.');
    log.warn('Number 0.');

    expect(lines()).toHaveLength(1002);
  });

  test('is written when the clock was put back', () => {
    const { log, clock, lines } = createLog();
    log.warn('It waits.');
    clock.nowMs -= 1;
    log.warn('It waits.');

    expect(lines()).toHaveLength(2);
  });
});
