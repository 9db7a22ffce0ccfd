/** So much of a record is shown: a letter must fit into its topic. */
const SHOWN_BYTES = 500_000;
/** By so much Base64 makes bytes longer. */
const BASE64_FACTOR = 4 / 3;

/** The text that bytes are, or their start; in Base64 where they are none, or longer as JSON than that. */
export function shownText(bytes: Buffer): string {
  const isWhole = bytes.length <= SHOWN_BYTES;
  const shown = isWhole ? bytes : bytes.subarray(0, SHOWN_BYTES);
  const text = shown.toString('utf8');
  const isText = !text.includes('\ufffd') && JSON.stringify(text).length <= BASE64_FACTOR * shown.length + 2;
  return `${isText ? text : shown.toString('base64')}${isWhole ? '' : `… (${String(bytes.length)} bytes)`}`;
}
