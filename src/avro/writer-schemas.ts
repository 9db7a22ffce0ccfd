import avro from 'avsc';
import { fingerprintOf } from './fingerprint.js';
import { fingerprintKey } from './frame.js';
import type { SchemaKey } from './frame.js';
import type { Registry, Unavailable } from './registry.js';
import { parseSchema } from './record-type.js';
import { SCHEMAS } from './schemas.js';

/** What asking for a schema came to. Where the registry is unavailable, the records wait; one that is absent is never read. */
export type Learned = { readonly kind: 'known' } | { readonly kind: 'absent'; readonly why: string } | Unavailable;

const KNOWN: Learned = { kind: 'known' };

/**
 * The type of a schema that came from outside. Records are read into types of ours; how its unions would look does not
 * matter.
 * @throws Error if it is no schema.
 */
function typeOf(text: string): avro.Type {
  return avro.Type.forSchema(parseSchema(text), { wrapUnions: 'auto', omitRecordMethods: true });
}

/** The schemas by which records were written: ours, those handed in, and those of a registry once they are learned. */
export class WriterSchemas {
  private readonly types = new Map<SchemaKey, avro.Type>();

  /**
   * `texts` are schemas in JSON, such as those of older versions.
   * @throws Error if one is no schema.
   */
  constructor(
    texts: readonly string[] = [],
    private readonly registry?: Registry,
  ) {
    for (const text of [...Object.values(SCHEMAS).map((schema) => JSON.stringify(schema)), ...texts]) {
      const type = typeOf(text);
      this.types.set(fingerprintKey(fingerprintOf(type)), type);
    }
  }

  /** Whether schemas that are not known may be learned. */
  canLearn(key: SchemaKey): key is number {
    return typeof key === 'number' && this.registry !== undefined;
  }

  find(key: SchemaKey): avro.Type | undefined {
    return this.types.get(key);
  }

  /** Asks the registry for a schema. */
  async learn(id: number): Promise<Learned> {
    if (this.types.has(id)) return KNOWN;
    if (this.registry === undefined) return { kind: 'absent', why: 'no schema registry is configured' };
    const answer = await this.registry.schemaOf(id);
    if (answer.kind !== 'found') return answer;
    try {
      this.types.set(id, typeOf(answer.text));
      return KNOWN;
    } catch (cause) {
      return { kind: 'absent', why: `schema ${id} is no Avro schema that can be read alone: ${messageOf(cause)}` };
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
}
