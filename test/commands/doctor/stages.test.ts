import { describe, expect, test } from '@jest/globals';
import { stageFindings } from '../../../src/commands/doctor/stages.js';
import type { StageState, StreamState } from '../../../src/commands/doctor/stages.js';
import type { StampedMark } from '../../../src/core/progress.js';
import { writeNote } from '../../../src/stages/source-note.js';
import type { SourceNote } from '../../../src/stages/source-note.js';
import { NOW, contextOf, troubles } from '../../support/doctor.js';

const context = await contextOf({ stream: { epoch: 3 } });
const SOURCE = 'mxwarden.mail-events/0';

function note(change: Partial<SourceNote> = {}): string {
  return writeNote({
    epoch: 3,
    highest: [NOW, NOW, NOW],
    standing: 'caught_up',
    watermarkMs: NOW - 30_000,
    lastOffset: 99,
    lastReadMs: NOW,
    endedAt: -Infinity,
    gaps: [],
    ...change,
  });
}

function aggregate(change: Partial<StageState> = {}, text = note(), offset = 0): StageState {
  return {
    stage: 'aggregate',
    members: 1,
    extents: new Map([[SOURCE, { startOffset: 0, endOffset: 100 }]]),
    positions: new Map([[SOURCE, { source: SOURCE, offset, note: text }]]),
    ...change,
  };
}

function state(stage: StageState, change: Partial<StreamState> = {}): StreamState {
  return { stages: [stage], marks: [], isFresh: false, ...change };
}

function mark(change: Partial<StampedMark> = {}): StampedMark {
  return {
    source: SOURCE,
    chunk: 0,
    epoch: 3,
    cfg: 'ours',
    upTo: 100,
    watermarkMs: NOW,
    latestMs: NOW,
    silentMs: 0,
    expected: [SOURCE],
    gaps: [],
    clockMs: NOW,
    ...change,
  };
}

test('a stage that runs tells how far it is', () => {
  expect(stageFindings(state(aggregate(), { marks: [mark()] }), context)).toEqual([
    {
      area: 'stages',
      level: 'ok',
      text: 'aggregate: 1 process, 0 records of 1 partition to read; noted: 1 caught up, the slowest at 2026-11-23 11:59:30 UTC.',
    },
  ]);
});

test('before the first start there is one thing to do', () => {
  const none = { members: 0, positions: new Map() };
  const [finding, other] = stageFindings(state(aggregate(none), { isFresh: true }), context);

  expect([finding?.text, other]).toEqual(['No stage has begun.', undefined]);
  expect(finding?.next).toBe('mxwarden stream --config mx.yaml');
});

describe('it is told, with what to do,', () => {
  const behind = new Map([[SOURCE, { startOffset: 0, endOffset: 500 }]]);
  const trimmed = new Map([[SOURCE, { startOffset: 150, endOffset: 500 }]]);
  const stalled = note({ standing: 'behind', lastReadMs: NOW - 600_000 });
  const begun = new Map([[SOURCE, { source: SOURCE, offset: 0, note: note() }]]);
  test.each<[string, StreamState, string, RegExp]>([
    [
      'that nobody runs it',
      state(aggregate({ members: 0, extents: behind })),
      'warning: aggregate is not running: 400 records of 1 partition to read.',
      /^mxwarden stream --stages aggregate --config mx.yaml$/,
    ],
    [
      'that it hangs',
      state(aggregate({ extents: behind }, stalled)),
      `warning: aggregate: 1 process, 400 records of 1 partition to read; noted: 1 behind, the slowest at 2026-11-23 11:59:30 UTC; of ${SOURCE} nothing was read for 10 min.`,
      /readyz/,
    ],
    [
      'that a note is missing',
      state({ ...aggregate({ positions: new Map() }) }),
      'failure: Results of counting are there, and no note of how far events were counted.',
      /Set stream.epoch .* --from earliest --config mx.yaml/,
    ],
    [
      'that somebody else uses the group',
      state(aggregate({}, 'theirs', 100)),
      `warning: The notes beside ${SOURCE} are none of mxwarden: somebody else commits in this group.`,
      /stream.group/,
    ],
    [
      'that the others count in a later epoch',
      state(aggregate({}, note({ epoch: 4 }))),
      'failure: Events are counted in epoch 4, and stream.epoch is 3: of this nothing would count.',
      /^Set stream.epoch to 4 in mx.yaml/,
    ],
    [
      'that the others count in an earlier epoch',
      state(aggregate({}, note({ epoch: 2 }))),
      'warning: Events are counted in epoch 2, and stream.epoch is 3.',
      /^Restart/,
    ],
    [
      'that records are gone',
      state(aggregate({ extents: trimmed, positions: begun })),
      `failure: 50 records of ${SOURCE} were deleted before they were counted.`,
      /retention.ms/,
    ],
    [
      'that records were gone',
      state(aggregate(), { marks: [mark({ gaps: [{ from: 10, to: 20 }] })] }),
      `warning: 10 records of ${SOURCE} are missing in the counts: they were deleted before they were read.`,
      /retention.ms/,
    ],
    [
      'that settings have changed',
      state(aggregate(), { marks: [mark({ cfg: 'theirs' })] }),
      `failure: ${SOURCE} is counted with other settings in the same epoch 3: correlate stops there.`,
      /^Set stream.epoch to 4 in mx.yaml/,
    ],
  ])('%s', (_, given, text, next) => {
    const findings = stageFindings(given, context);

    expect(troubles(findings)).toEqual([text]);
    expect(findings.find(({ level }) => level !== 'ok')?.next).toMatch(next);
  });

  test('but nothing of marks of another epoch, nor where our fingerprint is not known', () => {
    const earlier = state(aggregate(), { marks: [mark({ epoch: 2, cfg: 'theirs' })] });
    const theirs = state(aggregate(), { marks: [mark({ cfg: 'theirs' })] });

    expect(troubles(stageFindings(earlier, context))).toEqual([]);
    expect(troubles(stageFindings(theirs, { ...context, cfg: undefined }))).toEqual([]);
  });
});
