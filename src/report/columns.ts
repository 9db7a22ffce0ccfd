import type { PackedColumn } from './page-data.js';

/** Stands for no value: no number of a document is so small. */
const GAP = -(2 ** 31);
const MAX = 2 ** 31 - 1;
const BLOCK_ROWS = 512;
const BYTES = 4;

/** Columns of whole numbers that grow by a row at a time; stretches of zeros take no memory. */
export class Columns {
  private readonly blocks: (Int32Array | undefined)[][];
  private rowCount = 0;
  private held = 0;

  constructor(count: number) {
    this.blocks = Array.from({ length: count }, () => []);
  }

  get rows(): number {
    return this.rowCount;
  }

  /** Memory of the numbers. */
  get bytes(): number {
    return this.held;
  }

  /** Begins the next row, of zeros. */
  addRow(): void {
    if (this.rowCount % BLOCK_ROWS === 0) for (const blocks of this.blocks) blocks.push(undefined);
    this.rowCount += 1;
  }

  /** Sets a number of the last row, `undefined` for a gap. What does not fit becomes what fits best. */
  set(column: number, value: number | undefined): void {
    if (value === 0) return;
    const row = this.rowCount - 1;
    const blocks = this.blocks[column];
    if (blocks === undefined) return;
    const index = Math.floor(row / BLOCK_ROWS);
    let block = blocks[index];
    if (block === undefined) {
      blocks[index] = block = new Int32Array(BLOCK_ROWS);
      this.held += BLOCK_ROWS * BYTES;
    }
    block[row % BLOCK_ROWS] = value === undefined ? GAP : Math.max(-MAX, Math.min(MAX, Math.round(value)));
  }

  /** The numbers of a column as text; `undefined` where all are zero. */
  packed(column: number): PackedColumn | undefined {
    const blocks = this.blocks[column];
    if (blocks?.every((block) => block === undefined) !== false) return undefined;
    const { rowCount } = this;
    const at = (row: number): number => blocks[Math.floor(row / BLOCK_ROWS)]?.[row % BLOCK_ROWS] ?? 0;
    let least = Infinity;
    let most = -Infinity;
    for (let row = 0; row < rowCount; row += 1) {
      const value = at(row);
      if (value === GAP) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (least > most) least = most = 0;
    const bytes = most - least < 2 ** 8 - 1 ? 1 : most - least < 2 ** 16 - 1 ? 2 : 4;
    const packed = Buffer.alloc(bytes * rowCount);
    for (let row = 0; row < rowCount; row += 1) {
      const value = at(row);
      packed.writeUIntLE(value === GAP ? 0 : value - least + 1, bytes * row, bytes);
    }
    return { least, bytes, data: packed.toString('base64') };
  }
}
