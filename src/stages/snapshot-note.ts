import { valueIn } from '../core/documents/value.js';

/** Where a snapshot is, and what of the partition it stands for. */
export interface SnapshotPointer {
  /** It is the state after all records before this offset. */
  readonly upTo: number;
  readonly place: {
    /** It is behind this offset of the topic of snapshots. */
    readonly from: number;
    /** In the keys of its records. */
    readonly id: string;
    readonly count: number;
    readonly checksum: string;
  };
}

/** The note beside the offset of a partition: its snapshots, newest first, and whether all its sources have ended. */
export function writeSnapshotNote(snapshots: readonly SnapshotPointer[], isAtEnd: boolean): string {
  return JSON.stringify({ snapshots, end: isAtEnd });
}

/** The snapshots of a note; none if it is no such note. */
export function readSnapshotNote(text: string): readonly SnapshotPointer[] {
  const snapshots = valueIn(parsed(text), ['snapshots']);
  return Array.isArray(snapshots) ? snapshots.flatMap((item: unknown) => pointerOf(item) ?? []) : [];
}

/** Whether all sources of the partition have ended, by its note. */
export function isAtEnd(text: string): boolean {
  return valueIn(parsed(text), ['end']) === true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pointerOf(item: unknown): SnapshotPointer | undefined {
  const upTo = valueIn(item, ['upTo']);
  const [from, id, count, checksum] = ['from', 'id', 'count', 'checksum'].map((name) => valueIn(item, ['place', name]));
  if (typeof upTo !== 'number' || typeof from !== 'number' || typeof count !== 'number') return undefined;
  if (typeof id !== 'string' || typeof checksum !== 'string') return undefined;
  return { upTo, place: { from, id, count, checksum } };
}
