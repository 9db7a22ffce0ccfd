import { describe, expect, test } from '@jest/globals';
import type { Contribution, Mark } from '../../src/core/progress.js';
import { Correlator } from '../../src/core/correlate.js';
import type { LateRange } from '../../src/core/correlate.js';
import type { Ms } from '../../src/core/event.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { packTally } from '../../src/core/tally/tally.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { at } from '../support/documents.js';
import { NOON, connect, query } from '../support/events.js';
import { CORRELATE, collected, identityOf, run } from '../support/runs.js';
import { tallyOf } from '../support/tallies.js';

const PANE = 5 * MINUTE_MS;
const END = NOON + PANE;
const SEAL = END + HOUR_MS;

const MARK = {
  source: 'log',
  chunk: 1,
  epoch: 0,
  upTo: 100,
  silentMs: 0,
  latestMs: NOON,
  expected: ['log'],
  gaps: [],
} as const;

/** Contributions and marks of sources, each mark ending the chunk before it. */
class Feed {
  readonly correlator: Correlator;
  private places = 0;
  private readonly chunks = new Map<string, number>();

  constructor(
    private readonly expected: readonly string[] = ['log'],
    config: Partial<typeof CORRELATE> = {},
  ) {
    const panesOnly = { sizes: windowSizes(['5m']), gapFillMs: 0, provisional: true };
    this.correlator = new Correlator({ ...CORRELATE, ...panesOnly, ...config }, identityOf());
  }

  /** So many connections at a time, in the chunk that the source is in. */
  connects(count: number, timeMs: Ms = NOON, over: Partial<Contribution> = {}): LateRange | undefined {
    const source = over.source ?? 'log';
    const paneMs = Math.floor(timeMs / PANE) * PANE;
    const tally = packTally(tallyOf(Array.from({ length: count }, () => connect({ time: timeMs }))));
    const chunk = this.chunks.get(source) ?? 0;
    const name = { source, chunk, epoch: 0, subject: 'mail:mx', paneMs } as const;
    return this.correlator.contribute({ ...name, upTo: count, tally, ...over });
  }

  /** The source's watermark, and what it brings about: size, start, revision, final and connects of each document. */
  mark(watermarkMs: Mark['watermarkMs'], over: Partial<Mark> = {}): readonly string[] {
    const source = over.source ?? 'log';
    const chunk = over.chunk ?? (this.chunks.get(source) ?? 0) + 1;
    this.chunks.set(source, chunk);
    const latestMs = typeof watermarkMs === 'number' ? watermarkMs : NOON;
    this.places += 1;
    const mark = { ...MARK, source, chunk, watermarkMs, latestMs, expected: this.expected, ...over };
    return collected(this.correlator.mark(mark, this.places)).correlations.map(brief);
  }
}

function brief(document: JsonObject): string {
  const minutes = (Date.parse(String(at(document, '@timestamp'))) - NOON) / MINUTE_MS;
  const { revision, final } = {
    revision: at(document, 'mxwarden.window.revision'),
    final: at(document, 'mxwarden.window.final'),
  };
  const size = String(at(document, 'mxwarden.window.size'));
  const word = final === true ? 'final' : 'provisional';
  return `${size} +${String(minutes)} r${String(revision)} ${word} ${String(at(document, 'mxwarden.smtp.connects'))}`;
}

test('what is open is told by panes, and by windows of all sizes', () => {
  const feed = new Feed(['log'], { sizes: windowSizes(['5m', '1h']) });
  feed.connects(1);
  feed.connects(1, END);
  feed.mark(END);
  expect([feed.correlator.openPanes, feed.correlator.openWindows]).toEqual([2, 3]);

  feed.mark(SEAL);
  expect([feed.correlator.openPanes, feed.correlator.openWindows]).toEqual([1, 2]);
});

describe('a window', () => {
  test('fires when the watermark reaches its end, not before', () => {
    const feed = new Feed();
    feed.connects(2);

    expect(feed.mark(END - 1)).toEqual([]);
    expect(feed.mark(END)).toEqual(['5m +0 r1 provisional 2']);
    expect(feed.mark(END + PANE)).toEqual([]);
  });

  test('is sealed when the watermark reaches its end and the allowed lateness, not before', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.mark(END);

    expect(feed.mark(SEAL - 1)).toEqual([]);
    expect(feed.mark(SEAL)).toEqual(['5m +0 r2 final 2']);
    expect(feed.mark('end')).toEqual([]);
  });

  test('that fires and is sealed by one mark has one document, the last', () => {
    const feed = new Feed();
    feed.connects(2);

    expect(feed.mark(SEAL)).toEqual(['5m +0 r1 final 2']);
  });

  test('has only its final document where none is provisional', () => {
    const feed = new Feed(['log'], { provisional: false });
    feed.connects(2);

    expect(feed.mark(END)).toEqual([]);
    feed.connects(1);
    expect(feed.mark(END + PANE)).toEqual([]);
    expect(feed.mark(SEAL)).toEqual(['5m +0 r1 final 3']);
  });

  test('that took more events is revised once for each pane step of the watermark', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.mark(END);
    feed.connects(1);

    expect(feed.mark(END + 1)).toEqual([]);
    expect(feed.mark(END + PANE - 1)).toEqual([]);
    expect(feed.mark(END + PANE)).toEqual(['5m +0 r2 provisional 3']);
    expect(feed.mark(END + 2 * PANE)).toEqual([]);
  });

  test('that took more events just before its seal has them in its final document', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.mark(SEAL - 1);
    feed.connects(1);

    expect(feed.mark(SEAL)).toEqual(['5m +0 r2 final 3']);
  });

  test('that opens after its end fires at once', () => {
    const feed = new Feed();
    feed.mark(SEAL - 1);
    feed.connects(1);

    expect(feed.mark(SEAL - 1)).toEqual(['5m +0 r1 provisional 1']);
  });

  test('that is sealed takes nothing more', () => {
    const feed = new Feed();
    feed.mark(SEAL - 1);
    feed.connects(1);
    feed.mark(SEAL);
    const late = feed.connects(1);

    expect(late).toEqual({ source: 'log', chunk: 2, subject: 'mail:mx', paneMs: NOON, from: undefined, upTo: 1 });
    expect(feed.mark(SEAL)).toEqual([]);
  });

  test('tells once how much came too late of what goes on to grow', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.mark(SEAL, { chunk: 0 });

    expect(feed.connects(2, NOON, { chunk: 0 })).toBeUndefined();
    expect(feed.connects(5, NOON, { chunk: 0 })).toMatchObject({ from: 2, upTo: 5 });
    expect(feed.connects(4, NOON, { chunk: 0 })).toBeUndefined();
    expect(feed.connects(6, NOON, { chunk: 0 })).toMatchObject({ from: 5, upTo: 6 });
    expect(feed.mark('end')).toEqual([]);
  });
});

describe('a larger window', () => {
  const sizes = windowSizes(['5m', '1h']);

  test('has the events of open panes in its provisional documents', () => {
    const feed = new Feed(['log'], { sizes });
    feed.connects(2, NOON);
    feed.connects(3, NOON + HOUR_MS - 1, { upTo: 3 });

    expect(feed.mark(NOON + HOUR_MS)).toEqual([
      '5m +0 r1 provisional 2',
      '5m +55 r1 provisional 3',
      '1h +0 r1 provisional 5',
    ]);
  });

  test('is revised by late events and by the seals of its panes loses nothing', () => {
    const feed = new Feed(['log'], { sizes });
    feed.connects(2, NOON);
    feed.mark(NOON + HOUR_MS);
    feed.connects(4, NOON + HOUR_MS - 1);

    expect(feed.mark(SEAL)).toEqual(['5m +55 r1 provisional 4', '5m +0 r2 final 2', '1h +0 r2 provisional 6']);
    expect(feed.mark('end')).toEqual(['5m +55 r2 final 4', '1h +0 r3 final 6']);
  });
});

describe('documents of one mark come', () => {
  test('in the order of time, fire before seal, size and subject', () => {
    const feed = new Feed(['log'], { sizes: windowSizes(['5m', '1h']), provisional: false });
    for (const subject of ['mail:mx', 'dns:ns', 'dns:a'] as const)
      for (const timeMs of [NOON + HOUR_MS, NOON + HOUR_MS - PANE, NOON]) feed.connects(1, timeMs, { subject });
    const documents = collected(feed.correlator.mark({ ...MARK, watermarkMs: 'end' }, 0)).correlations.map((document) =>
      String(at(document, 'event.id')).replace(/\|2003-04-13T/, ' '),
    );

    expect(documents).toEqual([
      'dns:a|5m 12:00:00.000Z',
      'dns:ns|5m 12:00:00.000Z',
      'mail:mx|5m 12:00:00.000Z',
      'dns:a|5m 12:55:00.000Z',
      'dns:ns|5m 12:55:00.000Z',
      'mail:mx|5m 12:55:00.000Z',
      'dns:a|1h 12:00:00.000Z',
      'dns:ns|1h 12:00:00.000Z',
      'mail:mx|1h 12:00:00.000Z',
      'dns:a|5m 13:00:00.000Z',
      'dns:ns|5m 13:00:00.000Z',
      'mail:mx|5m 13:00:00.000Z',
      'dns:a|1h 13:00:00.000Z',
      'dns:ns|1h 13:00:00.000Z',
      'mail:mx|1h 13:00:00.000Z',
    ]);
  });

  test('with a window that fires before one that is sealed at the same time', () => {
    const feed = new Feed();
    feed.connects(1);
    feed.mark(END);
    feed.connects(2, NOON + HOUR_MS);

    expect(feed.mark(SEAL)).toEqual(['5m +60 r1 provisional 2', '5m +0 r2 final 1']);
  });

  test('with the version of the mark', () => {
    const feed = new Feed();
    feed.connects(1);
    feed.mark(NOON);

    const [document] = collected(feed.correlator.mark({ ...MARK, chunk: 9, watermarkMs: 'end' }, 77)).correlations;

    expect(at(document, 'mxwarden.window.version')).toBe(78);
  });
});

describe('of one contribution', () => {
  test('the longest counts, in whatever order its prefixes come', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.connects(5);
    feed.connects(5);
    feed.connects(3);

    expect(feed.mark(END)).toEqual(['5m +0 r1 provisional 5']);
  });

  test('repeats after its chunk change nothing, longer ones neither', () => {
    const feed = new Feed();
    feed.connects(2);
    feed.mark(END);
    feed.connects(2, NOON, { chunk: 0 });
    feed.connects(9, NOON, { chunk: 0 });

    expect(feed.mark(SEAL)).toEqual(['5m +0 r2 final 2']);
  });

  test('chunks, sources and panes are told apart', () => {
    const feed = new Feed(['log', 'dns']);
    feed.connects(1);
    feed.connects(1, NOON + PANE);
    feed.connects(1, NOON, { source: 'dns' });
    feed.connects(1, NOON, { chunk: 1 });
    feed.mark('end', { source: 'dns' });

    expect(feed.mark('end', { chunk: 2 })).toEqual(['5m +0 r1 final 3', '5m +5 r1 final 1']);
  });

  test('what is of a chunk that goes on counts, and grows', () => {
    const feed = new Feed();
    feed.connects(4, NOON, { chunk: 1 });

    expect(feed.mark(END, { chunk: 1 })).toEqual(['5m +0 r1 provisional 4']);
    feed.connects(6, NOON, { chunk: 1 });
    expect(feed.mark(END + PANE, { chunk: 1 })).toEqual(['5m +0 r2 provisional 6']);
    expect(feed.mark(SEAL, { chunk: 2 })).toEqual(['5m +0 r3 final 6']);
  });
});

describe('where records of a chunk were deleted before they were read', () => {
  const GAP = { chunk: 0, upTo: 8, gaps: [{ from: 5, to: 8 }] };

  test('what was counted before them stays, and what comes after them is added, once', () => {
    const feed = new Feed();
    feed.connects(5, NOON, { upTo: 5 });
    feed.mark(NOON, GAP);
    expect(feed.connects(6, NOON, { upTo: 6 })).toBeUndefined();
    feed.connects(2, NOON, { upTo: 10 });
    feed.mark(NOON, { ...GAP, upTo: 10 });
    feed.connects(2, NOON, { upTo: 10 });
    feed.connects(3, NOON, { upTo: 11 });

    expect(feed.mark(SEAL)).toEqual(['5m +0 r1 final 8']);
  });

  test('what reaches beyond them is replaced as ever', () => {
    const feed = new Feed();
    feed.connects(5, NOON, { upTo: 9 });
    feed.mark(NOON, GAP);
    feed.connects(2, NOON, { upTo: 10 });

    expect(feed.mark(SEAL)).toEqual(['5m +0 r1 final 2']);
  });

  test('and an epoch begins there, what was counted before them stays as well', () => {
    const feed = new Feed();
    feed.connects(5, NOON, { upTo: 5 });
    feed.mark(NOON, { ...GAP, epoch: 1 });
    feed.connects(2, NOON, { upTo: 10, epoch: 1 });

    expect(feed.mark(SEAL, { epoch: 1 })).toEqual(['5m +0 r1 final 7']);
  });

  test('what comes after their pane was sealed is late', () => {
    const feed = new Feed();
    feed.connects(5, NOON, { upTo: 5 });
    feed.mark(NOON, GAP);
    expect(feed.mark(SEAL, { chunk: 0 })).toEqual(['5m +0 r1 final 5']);

    expect(feed.connects(2, NOON, { upTo: 10 })).toMatchObject({ from: 5, upTo: 10 });
  });
});

describe('of another epoch', () => {
  test('a later one takes the place of what the chunk has, and nothing earlier counts any more', () => {
    const feed = new Feed();
    feed.connects(4, NOON, { chunk: 0 });
    feed.mark(NOON, { chunk: 1 });
    feed.connects(3, NOON, { chunk: 1 });
    feed.connects(2, NOON, { chunk: 1, epoch: 1 });
    feed.connects(9, NOON, { chunk: 1 });

    expect(feed.mark('end', { epoch: 0, chunk: 2 })).toEqual([]);
    expect(feed.mark('end', { epoch: 1, chunk: 2 })).toEqual(['5m +0 r1 final 6']);
  });

  test('versions are above those of all earlier ones, whoever is still in one', () => {
    const feed = new Feed(['log', 'dns']);
    feed.connects(1);
    feed.mark(SEAL, { epoch: 3 });
    const [document] = collected(
      feed.correlator.mark({ ...MARK, source: 'dns', watermarkMs: SEAL, expected: ['log', 'dns'] }, 5),
    ).correlations;

    expect(at(document, 'mxwarden.window.version')).toBe(3 * 2 ** 44 + 6);
  });

  test('the sources are said anew', () => {
    const feed = new Feed(['log', 'gone']);
    feed.connects(1);
    feed.mark(SEAL);

    expect(feed.mark(SEAL, { epoch: 1, expected: ['log'] })).toEqual(['5m +0 r1 final 1']);
  });
});

describe('the watermark', () => {
  test('is that of the slowest source', () => {
    const feed = new Feed(['log', 'dns']);
    feed.connects(1);
    feed.mark(SEAL);

    expect(feed.mark(END - 1, { source: 'dns' })).toEqual([]);
    expect(feed.mark(END, { source: 'dns' })).toEqual(['5m +0 r1 provisional 1']);
  });

  test('waits for expected sources that were not seen yet', () => {
    const feed = new Feed(['log', 'dns', 'pop3']);
    feed.connects(1);
    feed.mark('end');
    expect(feed.mark('end', { source: 'dns' })).toEqual([]);
    expect(feed.mark('end', { source: 'pop3' })).toEqual(['5m +0 r1 final 1']);
  });

  test('waits for a source that any mark has named', () => {
    const feed = new Feed(['log']);
    feed.connects(1);
    feed.mark(NOON, { expected: ['log', 'late-comer'] });

    expect(feed.mark('end')).toEqual([]);
  });

  test('never falls for a source that is named later', () => {
    const feed = new Feed();
    feed.mark(SEAL);
    feed.mark(SEAL, { expected: ['log', 'late-comer'] });

    expect(feed.connects(1)).toMatchObject({ paneMs: NOON });
  });

  test('does not wait for sources that never had an event, nor ends with them', () => {
    const feed = new Feed(['log', 'dns']);
    expect(feed.mark('none', { source: 'dns' })).toEqual([]);
    expect(feed.mark('none', { upTo: 0 })).toEqual([]);
    expect(feed.correlator.watermark).toBe(-Infinity);
    feed.connects(1);

    expect(feed.mark(END)).toEqual(['5m +0 r1 provisional 1']);
  });

  test('waits for a source as soon as it has an event', () => {
    const feed = new Feed(['log', 'dns']);
    feed.mark('none', { source: 'dns' });
    feed.mark(NOON, { source: 'dns' });
    feed.connects(1);

    expect(feed.mark(SEAL)).toEqual([]);
  });

  test('does not go on with a source whose events somebody else has seen to come', () => {
    const feed = new Feed();
    feed.connects(1, NOON, { upTo: 200 });

    expect(feed.mark(SEAL, { silentMs: HOUR_MS, upTo: 100 })).toEqual([]);
    expect(feed.mark(END, { upTo: 200 })).toEqual(['5m +0 r1 provisional 1']);
  });

  test('never falls, also where a source says so', () => {
    const feed = new Feed();
    feed.mark(SEAL - 1);
    feed.mark(NOON);
    feed.connects(1);

    expect(feed.mark(NOON)).toEqual(['5m +0 r1 provisional 1']);
  });
});

describe('of the resolvers of a run', () => {
  /** Queries of the windows by resolver, one query for each name, all in one pane. */
  function queriesOf(names: readonly string[]): ReadonlyMap<unknown, unknown> {
    const events = names.map((resolver) => query({ resolver, client_address: '192.0.2.77' }));
    const { correlations } = run([{ name: 'log', chunks: [events] }], {
      identity: identityOf(),
      correlate: { sizes: windowSizes(['5m']), gapFillMs: 0 },
    });
    return new Map(
      correlations.map((document) => [at(document, 'mxwarden.subject'), at(document, 'mxwarden.dns.queries')]),
    );
  }
  const named = (count: number) => Array.from({ length: count }, (_, n) => `ns${String(n)}`);

  test('256 have windows of their own', () => {
    const queries = queriesOf(named(256));

    expect(queries.size).toBe(256);
    expect(queries.has('dns:others')).toBe(false);
  });

  test('all further ones are one subject, and no query is lost', () => {
    const queries = queriesOf([...named(256), 'forged', 'forged-too', 'ns0', 'others']);

    expect(queries.size).toBe(257);
    expect(queries.get('dns:others')).toBe(3);
    expect(queries.get('dns:ns0')).toBe(2);
    expect(queries.get('dns:ns255')).toBe(1);
  });
});
