/** C0 and C1 controls, the separators that end a line for some readers, and what reorders text for its reader. */
// eslint-disable-next-line no-control-regex -- they are what is to be found
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text in which nothing is left that a terminal would obey: each control character is written as `\uXXXX`. Of JSON
 * without line breaks it makes JSON of the same value.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
