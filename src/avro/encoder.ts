import type avro from 'avsc';
import { fingerprintOf } from './fingerprint.js';
import { fingerprintKey, frameOf } from './frame.js';
import type { SchemaKey } from './frame.js';
import { ownTypeOf } from './record-type.js';
import type { SchemaName } from './schemas.js';

const FIRST_ROOM = 1 << 12;

/** Writes records of one schema, into one buffer that is used again. */
export class Encoder {
  private readonly type: avro.Type;
  private readonly start: number;
  private buffer: Buffer;

  /** `key` names the schema in front of each record: by default its fingerprint (single-object encoding). */
  constructor(name: SchemaName, key?: SchemaKey) {
    this.type = ownTypeOf(name);
    const frame = frameOf(key ?? fingerprintKey(fingerprintOf(this.type)));
    this.start = frame.length;
    this.buffer = Buffer.concat([frame], FIRST_ROOM);
  }

  /**
   * The bytes of a record, with memory of their own.
   * @throws Error if a value is not of its field's type: a bug of ours.
   */
  encode(record: object): Buffer {
    let end = this.type.encode(record, this.buffer, this.start);
    while (end < 0) {
      this.buffer = Buffer.concat([this.buffer], 2 * (this.buffer.length - end));
      end = this.type.encode(record, this.buffer, this.start);
    }
    return Buffer.from(this.buffer.subarray(0, end));
  }
}
