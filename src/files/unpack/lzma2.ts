/** States, and probabilities, as the LZMA specification has them. */
const STATES = 12;
const POSITION_STATES_LOG = 4;
const LENGTH_CLASSES = 4;
const HALF = 1 << 10;
const MOVE_BITS = 5;
const SIGN = 0x80000000;

/** Where each group of probabilities begins. */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (STATES << POSITION_STATES_LOG);
const IS_REP_G0 = IS_REP + STATES;
const IS_REP_G1 = IS_REP_G0 + STATES;
const IS_REP_G2 = IS_REP_G1 + STATES;
const IS_REP0_LONG = IS_REP_G2 + STATES;
const SLOTS = IS_REP0_LONG + (STATES << POSITION_STATES_LOG);
const DISTANCES = SLOTS + (LENGTH_CLASSES << 6);
const ALIGN = DISTANCES + 128;
const MATCH_LENGTH = ALIGN + 16;
const LENGTH_LOW = 2;
const LENGTH_MIDDLE = LENGTH_LOW + (8 << POSITION_STATES_LOG);
const LENGTH_HIGH = LENGTH_MIDDLE + (8 << POSITION_STATES_LOG);
const REP_LENGTH = MATCH_LENGTH + LENGTH_HIGH + 256;
const LITERALS = REP_LENGTH + LENGTH_HIGH + 256;
const LITERAL_CODER = 0x300;
const MAX_LITERAL_BITS = 4;

/** Bytes of a chunk's output, at most. */
export const MAX_CHUNK_OUTPUT = 1 << 21;
/** Bytes that the range coder reads before the first symbol. */
const RANGE_CODER_START = 5;

/** Decodes the chunks of one LZMA2 stream; what they give is in its window. */
export class Lzma2Decoder {
  private readonly window: Uint8Array;
  private readonly probabilities = new Uint16Array(LITERALS + (LITERAL_CODER << MAX_LITERAL_BITS));
  /** Where output goes on in the window. */
  private at = 0;
  /** How far back a match may reach. */
  private reach = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;
  /** Of the stream since its last reset. */
  private position = 0;

  private input: Uint8Array = new Uint8Array(0);
  private inputAt = 0;
  private range = 0;
  private code = 0;

  constructor(readonly dictionaryBytes: number) {
    this.window = new Uint8Array(dictionaryBytes + 2 * MAX_CHUNK_OUTPUT);
  }

  resetDictionary(): void {
    this.reach = 0;
    this.position = 0;
  }

  resetState(): void {
    this.probabilities.fill(HALF);
    this.state = 0;
    this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  /** Takes the byte that says how contexts are made; false if there is no such byte. */
  setProperties(byte: number): boolean {
    const literalContextBits = byte % 9;
    const rest = Math.floor(byte / 9);
    const literalPositionBits = rest % 5;
    const positionBits = Math.floor(rest / 5);
    if (positionBits > POSITION_STATES_LOG || literalContextBits + literalPositionBits > MAX_LITERAL_BITS) return false;
    this.literalContextBits = literalContextBits;
    this.literalPositionMask = (1 << literalPositionBits) - 1;
    this.positionMask = (1 << positionBits) - 1;
    return true;
  }

  /** Takes bytes that are not packed. Gives them; they are good until the next call. */
  copy(bytes: Uint8Array): Uint8Array {
    this.makeRoom(bytes.length);
    this.window.set(bytes, this.at);
    return this.advance(bytes.length);
  }

  /**
   * Decodes a chunk to so many bytes. Gives them, good until the next call: fewer where the input is damaged or not
   * complete.
   */
  decode(input: Uint8Array, outputBytes: number): Uint8Array {
    this.makeRoom(outputBytes);
    if (input.length < RANGE_CODER_START || input[0] !== 0) return this.advance(0);
    this.input = input;
    this.inputAt = RANGE_CODER_START;
    this.range = -1;
    this.code = new DataView(input.buffer, input.byteOffset).getInt32(1);
    return this.advance(this.decodeSymbols(outputBytes));
  }

  /** Whether the chunk was the very one that the range coder needed. */
  isUsedUp(): boolean {
    return this.inputAt === this.input.length && this.code === 0;
  }

  private makeRoom(bytes: number): void {
    if (this.at + bytes <= this.window.length) return;
    const kept = Math.min(this.at, this.dictionaryBytes);
    this.window.copyWithin(0, this.at - kept, this.at);
    this.at = kept;
  }

  private advance(bytes: number): Uint8Array {
    const output = this.window.subarray(this.at, this.at + bytes);
    this.at += bytes;
    this.position += bytes;
    this.reach = Math.min(this.dictionaryBytes, this.reach + bytes);
    return output;
  }

  private decodeSymbols(outputBytes: number): number {
    const { window, at: start, positionMask } = this;
    const end = start + outputBytes;
    const inputEnd = this.input.length;
    let at = start;
    while (at < end) {
      const positionState = (this.position + at - start) & positionMask;
      const before = at;
      if (this.bit(IS_MATCH + (this.state << POSITION_STATES_LOG) + positionState) === 0) {
        window[at] = this.literal(at, this.position + at - start);
        at += 1;
      } else {
        const length = this.match(positionState);
        const distance = this.rep0 + 1;
        if (length < 0 || distance <= 0 || distance > this.reach + at - start || distance > this.dictionaryBytes) break;
        // A match that goes on in the next chunk is none that LZMA2 allows.
        if (length > end - at) break;
        for (const stop = at + length; at < stop; at += 1) window[at] = window[at - distance] ?? 0;
      }
      if (this.inputAt <= inputEnd) continue;
      // This symbol is made of bytes that are not there.
      at = before;
      break;
    }
    // LZMA2 ends a chunk with the range coder in order.
    if (at === end) this.normalise();
    return at - start;
  }

  /** One byte, from how the byte before it and its position make it likely. */
  private literal(at: number, position: number): number {
    const { window, literalContextBits, state } = this;
    const previous = this.reach + at - this.at > 0 ? (window[at - 1] ?? 0) : 0;
    const context =
      ((position & this.literalPositionMask) << literalContextBits) + (previous >> (8 - literalContextBits));
    const base = LITERALS + LITERAL_CODER * context;
    let symbol = 1;
    if (state >= 7) {
      let matched = window[at - this.rep0 - 1] ?? 0;
      do {
        const matchBit = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(base + symbol);
    if (state < 4) this.state = 0;
    else this.state = state < 10 ? state - 3 : state - 6;
    return symbol & 0xff;
  }

  /** Decodes a match up to its length, which it gives; its distance is `rep0 + 1`. -1 for an end mark. */
  private match(positionState: number): number {
    const { state } = this;
    if (this.bit(IS_REP + state) === 0) {
      this.rep3 = this.rep2;
      this.rep2 = this.rep1;
      this.rep1 = this.rep0;
      this.state = state < 7 ? 7 : 10;
      const length = this.length(MATCH_LENGTH, positionState);
      this.rep0 = this.distance(length);
      return this.rep0 === -1 ? -1 : length + 2;
    }
    if (this.bit(IS_REP_G0 + state) === 0) {
      if (this.bit(IS_REP0_LONG + (state << POSITION_STATES_LOG) + positionState) === 0) {
        this.state = state < 7 ? 9 : 11;
        return 1;
      }
    } else this.useOlderDistance(state);
    this.state = state < 7 ? 8 : 11;
    return this.length(REP_LENGTH, positionState) + 2;
  }

  private useOlderDistance(state: number): void {
    let distance = this.rep1;
    if (this.bit(IS_REP_G1 + state) === 1) {
      if (this.bit(IS_REP_G2 + state) === 0) distance = this.rep2;
      else {
        distance = this.rep3;
        this.rep3 = this.rep2;
      }
      this.rep2 = this.rep1;
    }
    this.rep1 = this.rep0;
    this.rep0 = distance;
  }

  private length(base: number, positionState: number): number {
    if (this.bit(base) === 0) return this.tree(base + LENGTH_LOW + (positionState << 3), 3);
    if (this.bit(base + 1) === 0) return 8 + this.tree(base + LENGTH_MIDDLE + (positionState << 3), 3);
    return 16 + this.tree(base + LENGTH_HIGH, 8);
  }

  private distance(length: number): number {
    const slot = this.tree(SLOTS + (Math.min(length, LENGTH_CLASSES - 1) << 6), 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << directBits;
    if (slot < 14) return base + this.reverseTree(DISTANCES + base - slot, directBits);
    const high = this.directBits(directBits - 4) << 4;
    return (base + high + this.reverseTree(ALIGN, 4)) | 0;
  }

  private tree(base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i += 1) symbol = (symbol << 1) | this.bit(base + symbol);
    return symbol - (1 << bits);
  }

  private reverseTree(base: number, bits: number): number {
    let node = 1;
    let symbol = 0;
    for (let i = 0; i < bits; i += 1) {
      const bit = this.bit(base + node);
      node = (node << 1) | bit;
      symbol |= bit << i;
    }
    return symbol;
  }

  private directBits(count: number): number {
    let result = 0;
    for (let i = 0; i < count; i += 1) {
      this.normalise();
      this.range >>>= 1;
      this.code = (this.code - this.range) | 0;
      const mask = this.code >> 31;
      this.code = (this.code + (this.range & mask)) | 0;
      result = (result << 1) + mask + 1;
    }
    return result;
  }

  /** One bit of the range coder. Numbers are kept as signed ones of 32 bits, which are the fast ones. */
  private bit(index: number): number {
    this.normalise();
    const probability = this.probabilities[index] ?? HALF;
    const bound = Math.imul(this.range >>> 11, probability);
    if ((this.code ^ SIGN) < (bound ^ SIGN)) {
      this.range = bound;
      this.probabilities[index] = probability + (((1 << 11) - probability) >> MOVE_BITS);
      return 0;
    }
    this.range = (this.range - bound) | 0;
    this.code = (this.code - bound) | 0;
    this.probabilities[index] = probability - (probability >> MOVE_BITS);
    return 1;
  }

  private normalise(): void {
    if ((this.range & 0xff000000) !== 0) return;
    this.range <<= 8;
    this.code = (this.code << 8) | (this.input[this.inputAt] ?? 0);
    this.inputAt += 1;
  }
}
