/** 1 for a character that can stand in a word: everything that is neither a blank nor one of `:,;[](){}<>="'`. */
const IN_WORD = new Uint8Array(256).fill(1, 33);
for (const separator of ':,;[](){}<>="\'') IN_WORD[separator.charCodeAt(0)] = 0;

const ZERO = 48;
const CARRIAGE_RETURN = 13;

/**
 * Reads one log line from left to right. Nothing is ever searched beyond the line. A grammar reads on without looking
 * back and asks once at the end: `lost` tells whether something it relied on was missing.
 */
export class Scanner {
  /** Whether `until` has missed its end since `begin` or `back`. */
  lost = false;
  private text = '';
  private at = 0;
  private end = 0;
  private ascii: boolean | undefined = true;

  /**
   * Starts anew at the first character of `text`; a carriage return at the end does not belong to the line. `isAscii`
   * only if that is known.
   */
  begin(text: string, isAscii: boolean): void {
    const last = text.length - 1;
    this.text = text;
    this.at = 0;
    this.end = last >= 0 && text.charCodeAt(last) === CARRIAGE_RETURN ? last : text.length;
    this.ascii = isAscii ? true : undefined;
    this.lost = false;
  }

  /** Whether the whole line is ASCII. It is looked through once at most. */
  isAscii(): boolean {
    // In UTF-8 every other character is longer; counting the bytes is faster than a loop over the characters.
    this.ascii ??= Buffer.byteLength(this.text) === this.text.length;
    return this.ascii;
  }

  /** Whether the line goes on with `literal`; if so, it is passed over. */
  take(literal: string): boolean {
    const { text, at } = this;
    const last = at + literal.length - 1;
    if (last >= this.end || text.charCodeAt(at) !== literal.charCodeAt(0)) return false;
    if (text.charCodeAt(last) !== literal.charCodeAt(literal.length - 1)) return false;
    // `indexOf` compares several characters at once, as `startsWith` does not. Where both ends fit it rarely searches on.
    if (literal.length > 3 && text.indexOf(literal, at) !== at) return false;
    if (literal.length === 3 && text.charCodeAt(at + 1) !== literal.charCodeAt(1)) return false;
    this.at = last + 1;
    return true;
  }

  /** The text before the next `end`, which is passed over too. Empty, with `lost` set and nothing passed, if none follows. */
  until(end: string): string {
    const { text, at } = this;
    const found = text.indexOf(end, at);
    if (found < 0 || found + end.length > this.end) {
      this.lost = true;
      return '';
    }
    this.at = found + end.length;
    return text.substring(at, found);
  }

  /** The text before the next `end`, which is passed over too; everything that is left if none follows. */
  upTo(end: string): string {
    const { text, at } = this;
    const found = text.indexOf(end, at);
    if (found < 0 || found + end.length > this.end) return this.rest();
    this.at = found + end.length;
    return text.substring(at, found);
  }

  /** Whether `past` still follows; if so, everything up to its end is passed over. */
  skip(past: string): boolean {
    const found = this.text.indexOf(past, this.at);
    if (found < 0 || found + past.length > this.end) return false;
    this.at = found + past.length;
    return true;
  }

  /** How many characters stand before the next `end`, negative if none follows. */
  distance(end: string): number {
    return this.text.indexOf(end, this.at) - this.at;
  }

  /** Whether `literal` follows at any distance; nothing is passed over. */
  has(literal: string): boolean {
    const found = this.text.indexOf(literal, this.at);
    return found >= 0 && found + literal.length <= this.end;
  }

  /** The characters up to the next blank, bracket, quote or punctuation mark. Empty if one of these comes first. */
  word(): string {
    const { text, end } = this;
    const from = this.at;
    let at = from;
    while (at < end && IN_WORD[text.charCodeAt(at)] !== 0) at++;
    this.at = at;
    return text.substring(from, at);
  }

  /** The whole number that follows, `undefined` (nothing passed) if no digit does. */
  integer(): number | undefined {
    const { text, end } = this;
    const from = this.at;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    return at === from ? undefined : value;
  }

  /** The number that the next `count` digits make, which are passed over; NaN, with nothing passed, if one is no digit. */
  digits(count: number): number {
    const { text } = this;
    const last = this.at + count;
    if (last > this.end) return NaN;
    let value = 0;
    for (let at = this.at; at < last; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return NaN;
      value = value * 10 + digit;
    }
    this.at = last;
    return value;
  }

  /** The thousandths that the digits after a decimal point make (`5` is 500); finer digits are passed over. */
  thousandths(): number {
    const { text, end, at: from } = this;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      if (at < from + 3) value = value * 10 + digit;
    }
    this.at = at;
    for (let missing = from + 3 - at; missing > 0; missing--) value *= 10;
    return value;
  }

  /** What follows the last `mark`, and cuts both off the line's end; `undefined` if there is no `mark` any more. */
  cutLast(mark: string): string | undefined {
    const { text, at, end } = this;
    if (end - at < mark.length) return undefined;
    const found = text.lastIndexOf(mark, end - mark.length);
    if (found < at) return undefined;
    this.end = found;
    return text.substring(found + mark.length, end);
  }

  /** What has been passed over since a mark; since `begin` with 0. */
  since(mark: number): string {
    return this.text.substring(mark, this.at);
  }

  /** Where the scanner is, for `back`. */
  mark(): number {
    return this.at;
  }

  /** This scanner, back at a mark of the same line, from which nothing is lost. What `cutLast` cut off stays off. */
  back(mark: number): this {
    this.at = mark;
    this.lost = false;
    return this;
  }

  /** The next `length` characters (fewer at the end); nothing is passed over. */
  ahead(length: number): string {
    return this.text.substring(this.at, Math.min(this.at + length, this.end));
  }

  /** The code of the next character, 0 at the end. */
  peek(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : 0;
  }

  /** The code of the last character, 0 if nothing is left. */
  peekLast(): number {
    return this.at < this.end ? this.text.charCodeAt(this.end - 1) : 0;
  }

  /** Everything that is left; the line is then at its end. */
  rest(): string {
    const { at, end } = this;
    this.at = end;
    return this.text.substring(at, end);
  }

  isAtEnd(): boolean {
    return this.at >= this.end;
  }
}
