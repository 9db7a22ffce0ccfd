import { literal } from './literal.js';
import type { Scanner } from './scanner.js';

const END_OF_ID = literal(': ');

/** Long ids are made of seconds, microseconds and inode in base 52; no file system's inodes make them longer than this. */
const LONGEST = 24;

/** The queue id before `: `, which is passed over too; empty if what stands there cannot be one. */
export function queueId(line: Scanner): string {
  const id = line.until(END_OF_ID);
  return id.length <= LONGEST ? id : '';
}
