/** The text that bytes are; in Base64 where they are none. */
export function shownText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('base64') : text;
}
