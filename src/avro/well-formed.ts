import avro from 'avsc';

const { types } = avro;

/** Values within values: more than any schema of ours has, and far from what fits on the stack. */
const MAX_DEPTH = 64;
const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;
const NOWHERE = -1;

/**
 * Whether values of a type have blocks of items, whose counts must be looked at before they are believed: avsc makes
 * room for as many items as a block says, and may read one block for ever.
 */
export function hasBlocks(type: avro.Type): boolean {
  return reaches(type, (inner) => inner instanceof types.ArrayType || inner instanceof types.MapType, new Set());
}

function reaches(type: avro.Type, isSought: (type: avro.Type) => boolean, seen: Set<avro.Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return isSought(type) || innerTypes(type).some((inner) => reaches(inner, isSought, seen));
}

function innerTypes(type: avro.Type): readonly avro.Type[] {
  if (type instanceof types.RecordType) return type.fields.map((field) => field.type);
  if (isUnion(type)) return type.types;
  if (type instanceof types.ArrayType) return [type.itemsType];
  return type instanceof types.MapType ? [valuesOf(type)] : [];
}

function isUnion(type: avro.Type): type is avro.types.UnwrappedUnionType | avro.types.WrappedUnionType {
  return type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType;
}

function valuesOf(type: avro.types.MapType): avro.Type {
  const values: unknown = type.valuesType;
  if (values instanceof avro.Type) return values;
  throw new TypeError('A map without a type of its values.');
}

/** Whether one value of a type fills `bytes` from `start` on. Costs time linear in the bytes, and no memory. */
export function isWellFormed(type: avro.Type, bytes: Buffer, start: number): boolean {
  const walk = new Walk(bytes, start);
  walk.pass(type, 0);
  return walk.at === bytes.length;
}

/** A walk over values; at `NOWHERE` once they do not fit. */
class Walk {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  pass(type: avro.Type, depth: number): void {
    if (depth > MAX_DEPTH) this.at = NOWHERE;
    if (this.at === NOWHERE) return;
    if (type instanceof types.RecordType) for (const field of type.fields) this.pass(field.type, depth + 1);
    else if (isUnion(type)) this.passBranch(type, depth);
    else if (type instanceof types.ArrayType) this.passBlocks([type.itemsType], depth);
    else if (type instanceof types.MapType) this.passBlocks([STRING, valuesOf(type)], depth);
    else if (type instanceof types.FixedType) this.skip(type.size);
    else this.passPrimitive(type);
  }

  private passPrimitive({ typeName }: avro.Type): void {
    switch (typeName) {
      case 'null':
        return;
      case 'boolean':
        return this.skip(1);
      case 'float':
        return this.skip(FLOAT_BYTES);
      case 'double':
        return this.skip(DOUBLE_BYTES);
      case 'bytes':
      case 'string':
        return this.skip(this.long());
      default:
        this.long();
    }
  }

  private passBranch({ types: branches }: { readonly types: readonly avro.Type[] }, depth: number): void {
    const branch = branches[this.long()];
    if (branch === undefined) this.at = NOWHERE;
    else this.pass(branch, depth + 1);
  }

  private passBlocks(item: readonly avro.Type[], depth: number): void {
    while (this.at !== NOWHERE) {
      const count = this.long();
      if (count === 0) return;
      // avsc passes over as many bytes as such a block says, also back.
      const size = count < 0 ? this.long() : undefined;
      const end = size === undefined ? undefined : this.at + size;
      for (let left = Math.abs(count); left > 0 && this.at !== NOWHERE; left -= 1) {
        const before = this.at;
        for (const type of item) this.pass(type, depth + 1);
        // Items without a byte of their own would be as many as their writer likes.
        if (this.at === before) this.at = NOWHERE;
      }
      if (end !== undefined && this.at !== end) this.at = NOWHERE;
    }
  }

  private skip(length: number): void {
    const end = this.at + length;
    this.at = this.at !== NOWHERE && length >= 0 && end <= this.bytes.length ? end : NOWHERE;
  }

  /** A number in zigzag form; 0, and nowhere, if none stands there. */
  private long(): number {
    let number = 0;
    let unit = 1;
    for (; this.at !== NOWHERE; unit *= 128) {
      const byte = this.bytes[this.at];
      if (byte === undefined || unit > Number.MAX_SAFE_INTEGER * 1024) break;
      this.at += 1;
      number += (byte & 0x7f) * unit;
      if (byte < 0x80) return number % 2 === 1 ? -(number + 1) / 2 : number / 2;
    }
    this.at = NOWHERE;
    return 0;
  }
}

const STRING = avro.Type.forSchema('string');
