import type { Incomplete } from '../core/documents/summary.js';
import { escapeControls } from './escape-controls.js';

/** What a person is told of a file that could not be read to its end. */
export function incompleteText({ file, after_byte: byte, reason }: Incomplete): string {
  return `${escapeControls(file)} is read up to byte ${byte.toLocaleString('en-US')} only: ${escapeControls(reason)}`;
}
