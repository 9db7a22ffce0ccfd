import { valueIn } from '../core/documents/value.js';

/** Where a snapshot is, and what of the partition it stands for. */
export interface SnapshotPointer {
  /** It is the state after all records before this offset. */
  readonly upTo: number;
  readonly place: SnapshotPlace;
}

/** Where a snapshot is: in `count` records, whose keys begin with its id, of the offsets `[from, to)`. */
export interface SnapshotPlace {
  readonly from: number;
  readonly to: number;
  readonly id: string;
  readonly count: number;
  readonly checksum: string;
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
  const place = ['from', 'to', 'id', 'count', 'checksum'].map((name) => valueIn(item, ['place', name]));
  const [from, to, id, count, checksum] = place;
  if (typeof upTo !== 'number' || typeof from !== 'number' || typeof to !== 'number') return undefined;
  if (typeof id !== 'string' || typeof count !== 'number' || typeof checksum !== 'string') return undefined;
  return { upTo, place: { from, to, id, count, checksum } };
}
