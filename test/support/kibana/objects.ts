import { isObject } from '../../../src/core/documents/value.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';

/** An object of a file for Kibana, as far as every one has it. */
export interface ImportedObject {
  readonly id: string;
  readonly type: string;
  readonly attributes: JsonObject;
  readonly references: readonly ImportedReference[];
  readonly coreMigrationVersion: unknown;
  readonly typeMigrationVersion: unknown;
  readonly keys: readonly string[];
}

export interface ImportedReference {
  readonly name: string;
  readonly type: string;
  readonly id: string;
}

/** A panel of a dashboard. */
export interface ImportedPanel {
  readonly dashboard: string;
  readonly panelIndex: string;
  readonly type: string;
  readonly title: string;
  readonly panelRefName: unknown;
  readonly grid: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly config: JsonObject;
}

/** The object of a line; `undefined` if it is none. */
export function importedObject(value: unknown): ImportedObject | undefined {
  if (!isObject(value)) return undefined;
  const { id, type, attributes, references, coreMigrationVersion, typeMigrationVersion } = value;
  if (typeof id !== 'string' || typeof type !== 'string' || !isObject(attributes)) return undefined;
  return {
    id,
    type,
    attributes,
    references: objectsOf(references).map((reference) => ({
      name: textOf(reference.name),
      type: textOf(reference.type),
      id: textOf(reference.id),
    })),
    coreMigrationVersion,
    typeMigrationVersion,
    keys: Object.keys(value),
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** JSON within a text; `undefined` if it is no text or no JSON. */
export function parsedOf(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

export function panelsOf({ id, attributes }: ImportedObject): readonly ImportedPanel[] {
  return objectsOf(parsedOf(attributes.panelsJSON)).map((panel) => {
    const grid = objectOf(panel.gridData);
    return {
      dashboard: id,
      panelIndex: textOf(panel.panelIndex),
      type: textOf(panel.type),
      title: textOf(panel.title),
      panelRefName: panel.panelRefName,
      grid: { x: numberOf(grid.x), y: numberOf(grid.y), w: numberOf(grid.w), h: numberOf(grid.h) },
      config: objectOf(panel.embeddableConfig),
    };
  });
}

/** A layer of a Lens panel, with what it searches. */
export interface LensLayer {
  readonly id: string;
  readonly columnOrder: readonly string[];
  readonly columns: JsonObject;
  readonly query: string;
  /** The data view that its own reference names. */
  readonly dataView: string | undefined;
}

/** The Lens attributes of an object or of a panel by value; `undefined` if it is no Lens. */
export function lensOf({ type, config }: Pick<ImportedPanel, 'type' | 'config'>): JsonObject | undefined {
  return type === 'lens' && isObject(config.attributes) ? config.attributes : undefined;
}

export function layersOf(lens: JsonObject): readonly LensLayer[] {
  const state = objectOf(lens.state);
  const layers = objectOf(objectOf(objectOf(state.datasourceStates).formBased).layers);
  const references = objectsOf(lens.references);
  return Object.entries(layers).map(([id, layer]) => ({
    id,
    columnOrder: textsOf(objectOf(layer).columnOrder),
    columns: objectOf(objectOf(layer).columns),
    query: textOf(objectOf(state.query).query),
    dataView: references
      .filter(({ name }) => name === `indexpattern-datasource-layer-${id}`)
      .map((reference) => textOf(reference.id))[0],
  }));
}

/** The specification of a panel of Vega; `undefined` if it is none. */
export function vegaOf({ type, config }: Pick<ImportedPanel, 'type' | 'config'>): string | undefined {
  const savedVis = objectOf(config.savedVis);
  return type === 'visualization' && savedVis.type === 'vega' ? textOf(objectOf(savedVis.params).spec) : undefined;
}
