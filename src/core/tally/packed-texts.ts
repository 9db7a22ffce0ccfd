/**
 * Texts one after the other: as one string they take a third of the room of so many strings, and are one object to the
 * garbage collector and to whoever hands them on.
 */
export interface PackedTexts {
  readonly text: string;
  /** Where each of them ends. */
  readonly ends: Uint32Array;
}

export function packTexts(texts: readonly string[]): PackedTexts {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let i = 0; i < texts.length; i += 1) ends[i] = end += texts[i]?.length ?? 0;
  return { text: texts.join(''), ends };
}

/** The texts that were packed: parts of one string, which keep it alive. */
export function unpackTexts({ text, ends }: PackedTexts): string[] {
  const texts: string[] = [];
  let start = 0;
  for (const end of ends) {
    texts.push(text.substring(start, end));
    start = end;
  }
  return texts;
}
