import type { Assigned } from './ports.js';
import type { SourceFoldConfig, SourceStart } from './source-fold.js';
import { readNote } from './source-note.js';
import type { SourceNote } from './source-note.js';
import { START_ANEW, StageError, madeAnew } from './stage-error.js';

export interface StartConfig extends Pick<SourceFoldConfig, 'chunkRecords' | 'epoch'> {
  /** Where the sources end for this run; it does not end by default. */
  readonly ends?: ReadonlyMap<string, number> | undefined;
  /** Where to begin with sources in an epoch that has not begun. */
  readonly from?: ReadonlyMap<string, number> | undefined;
}

/**
 * Where a source goes on: at what was noted, at what was asked for in a new epoch, or at its start.
 * @throws StageError if it cannot be gone on with
 */
export function startOf({ source, committed, startOffset, endOffset }: Assigned, config: StartConfig): SourceStart {
  const { epoch, from, chunkRecords } = config;
  const asked = from?.get(source);
  const note = committed === undefined ? undefined : readNote(committed.note);
  const readUpTo = Math.max(committed?.offset ?? 0, (note?.lastOffset ?? -1) + 1);
  if (readUpTo > endOffset) throw madeAnew(source, readUpTo, endOffset);
  if (committed !== undefined && note === undefined && from === undefined)
    throw new StageError(
      `The offset of ${source} was set by another program, so that nothing tells what was counted: begin with --from ` +
        'earliest, latest or a time, and a higher stream.epoch, so that nothing is counted twice.',
    );
  if (note !== undefined) expectOpen(source, note, config);
  if (committed === undefined || note === undefined || (asked !== undefined && note.epoch !== epoch)) {
    const offset = asked ?? startOffset;
    return { offset: Math.max(offset - (offset % chunkRecords), startOffset), note: undefined, gap: undefined };
  }
  // What was read of the chunk was counted, though it is not there any more: then the gap is empty.
  const gap = committed.offset < startOffset ? { from: Math.min(readUpTo, startOffset), to: startOffset } : undefined;
  return { offset: Math.max(committed.offset, startOffset), note, gap };
}

/** @throws StageError if what is counted of a source would not count any more */
function expectOpen(source: string, note: SourceNote, { epoch, ends }: StartConfig): void {
  if (note.epoch > epoch)
    throw new StageError(
      `${source} is counted in epoch ${String(note.epoch)}, and this process is set to stream.epoch ` +
        `${String(epoch)}, of which nothing would count: give it the configuration of the others.`,
    );
  if (note.standing === 'end' && note.endedAt !== ends?.get(source))
    throw new StageError(
      `${source} was read to its end by a run with --bounded, after which nothing counts any more: ${START_ANEW}`,
    );
}
