import type { PackedColumn } from '../page-data.js';
import type { Values } from './fit.js';

/** The numbers of a column: see `PackedColumn`. */
export function unpack({ least, bytes, data }: PackedColumn, divisor: number): Values {
  const text = atob(data);
  const values: Values = new Array<number | null>(text.length / bytes);
  for (let row = 0, at = 0; at < text.length; row += 1, at += bytes) {
    let value = 0;
    for (let byte = bytes - 1; byte >= 0; byte -= 1) value = value * 256 + text.charCodeAt(at + byte);
    values[row] = value === 0 ? null : (value - 1 + least) / divisor;
  }
  return values;
}
