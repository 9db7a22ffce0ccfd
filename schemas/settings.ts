import * as v from 'valibot';
import { configEntries } from '../src/config/schema.js';
import { isObject, valueIn } from '../src/core/documents/value.js';

/** A setting as people look it up. */
export interface Setting {
  /** Such as `servers[].id`. */
  readonly path: string;
  readonly type: string;
  /** As it would be in the file; absent where there is none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly doc: string;
}

/** All settings of the configuration file, in the order in which they are declared, each section before what is in it. */
export function settingsOf(entries: object = configEntries, prefix = ''): readonly Setting[] {
  return Object.entries(entries).flatMap(([name, schema]: [string, unknown]) => {
    if (!isSchema(schema)) throw new TypeError(`${prefix}${name} is no setting.`);
    const path = prefix + name;
    const inner = innerOf(schema);
    const item = itemOf(inner);
    const section = entriesOf(item ?? inner);
    const doc = v.getDescription(schema) ?? '';
    // The zone of the machine is put in before the settings are checked.
    const isRequired = schema.type !== 'optional' && !doc.includes('default:');
    const self = { path, type: typeOf(inner), default: defaultOf(schema), isRequired, doc };
    return [self, ...(section === undefined ? [] : settingsOf(section, `${path}${item === undefined ? '' : '[]'}.`))];
  });
}

function isSchema(value: unknown): value is v.GenericSchema {
  return valueIn(value, ['kind']) === 'schema';
}

/** What an optional setting is if it is given. */
function innerOf(schema: v.GenericSchema): v.GenericSchema {
  const wrapped = valueIn(schema, ['wrapped']);
  return isSchema(wrapped) ? innerOf(wrapped) : schema;
}

function itemOf(schema: v.GenericSchema): v.GenericSchema | undefined {
  const item = valueIn(schema, ['item']);
  return isSchema(item) ? item : undefined;
}

/** The settings of a section. */
function entriesOf(schema: v.GenericSchema): object | undefined {
  const entries: unknown = valueIn(v.getMetadata(schema), ['entries']);
  return isObject(entries) ? entries : undefined;
}

function defaultOf(schema: v.GenericSchema): string | undefined {
  const value = valueIn(schema, ['default']);
  if (value === undefined || entriesOf(innerOf(schema)) !== undefined) return undefined;
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function typeOf(schema: v.GenericSchema): string {
  const item = itemOf(schema);
  if (item !== undefined) return `list of ${typeOf(item)}`;
  if (entriesOf(schema) !== undefined) return 'section';
  const record = stepsOf(schema).find((step) => isSchema(step) && step.type === 'record');
  if (record !== undefined) return `by name ${typeOfValue(record)}`;
  const title = v.getTitle(schema);
  if (schema.type === 'number')
    return `${title ?? 'number'} from ${boundOf(schema, 'min_value')} to ${boundOf(schema, 'max_value')}`;
  if (title !== undefined) return title;
  const options = valueIn(schema, ['options']);
  if (Array.isArray(options)) return options.map((option) => `\`${String(option)}\``).join(', ');
  if (schema.type === 'boolean') return '`true`, `false`';
  return 'text';
}

function typeOfValue(record: unknown): string {
  const value = valueIn(record, ['value']);
  return isSchema(value) ? typeOf(value) : 'text';
}

/** The steps of a check, also those within steps. */
function stepsOf(schema: unknown): readonly unknown[] {
  const pipe = valueIn(schema, ['pipe']);
  if (!Array.isArray(pipe)) return [schema];
  return pipe.flatMap((step: unknown) => (step === schema ? [step] : stepsOf(step)));
}

function boundOf(schema: v.GenericSchema, type: 'min_value' | 'max_value'): string {
  const step = stepsOf(schema).find((each) => valueIn(each, ['type']) === type);
  return Number(valueIn(step, ['requirement'])).toLocaleString('en', { useGrouping: 'min2' });
}
