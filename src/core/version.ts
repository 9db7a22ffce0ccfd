/** Versions of an epoch: what a later epoch gives out has higher ones than all before; 511 epochs fit into a number. */
const VERSIONS_OF_EPOCH = 2 ** 44;

/** The version of what is given out at a mark; `place` is that of the mark among those of its epoch. */
export function versionAt(epoch: number, place: number): number {
  return epoch * VERSIONS_OF_EPOCH + place + 1;
}

/** The epoch that a version is of. */
export function epochOf(version: number): number {
  return Math.floor(version / VERSIONS_OF_EPOCH);
}
