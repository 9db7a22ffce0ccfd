import type { JsonObject } from '../../../src/core/documents/fields.js';
import { compiled } from './vega.js';
import { layersOf, lensOf, objectOf, objectsOf, panelsOf, parsedOf, textOf, textsOf, vegaOf } from './objects.js';
import type { ImportedObject, ImportedPanel, LensLayer } from './objects.js';

const GRID_WIDTH = 48;
/** Numbers by which Lens can tell the highest values, if they have no filter of their own. */
const ORDERS = ['count', 'sum', 'average', 'min', 'max', 'unique_count'];

/** Problems of the panels of dashboards: their references, their columns, their places, their pictures. */
export function lintPanels(objects: readonly ImportedObject[]): readonly string[] {
  return objects
    .filter(({ type }) => type === 'dashboard')
    .flatMap((dashboard) => {
      const panels = panelsOf(dashboard);
      return [
        ...panels.flatMap((panel) => [
          ...referenceProblems(panel, dashboard),
          ...lensProblems(panel),
          ...vegaProblems(panel),
        ]),
        ...placeProblems(panels),
        ...controlProblems(dashboard),
      ];
    });
}

function nameOf({ dashboard, panelIndex }: ImportedPanel): string {
  return `dashboard ${dashboard}, panel ${panelIndex}`;
}

/** Each reference of a panel stands at the dashboard too, with the panel's name before its own. */
function referenceProblems(panel: ImportedPanel, { references }: ImportedObject): readonly string[] {
  const isThere = (name: string, id?: unknown): boolean =>
    references.some(
      (reference) => reference.name === `${panel.panelIndex}:${name}` && (id === undefined || reference.id === id),
    );
  const inner = objectsOf(objectOf(panel.config.attributes).references);
  const events = objectsOf(objectOf(objectOf(panel.config.enhancements).dynamicActions).events);
  const wanted = [
    ...inner.map(({ name, id }) => [textOf(name), id] as const),
    ...(typeof panel.panelRefName === 'string' ? [[panel.panelRefName, undefined] as const] : []),
    ...events.map(({ eventId, action }) => {
      const factory = textOf(objectOf(action).factoryId);
      return [`drilldown:${factory}:${textOf(eventId)}:dashboardId`, undefined] as const;
    }),
  ];
  return wanted
    .filter(([name, id]) => !isThere(name, id))
    .map(([name]) => `${nameOf(panel)}: the dashboard lacks the reference ${panel.panelIndex}:${name}.`);
}

function lensProblems(panel: ImportedPanel): readonly string[] {
  const lens = lensOf(panel);
  if (lens === undefined) return panel.type === 'lens' ? [`${nameOf(panel)}: a Lens without attributes.`] : [];
  const layers = layersOf(lens);
  const say = (problem: string): string => `${nameOf(panel)}: ${problem}`;
  return [
    ...(layers.length === 0 ? [say('it has no layer.')] : []),
    ...layers.flatMap((layer) => layerProblems(layer).map(say)),
    ...accessorsIn(objectOf(objectOf(lens.state).visualization))
      .filter((id) => !layers.some(({ columns }) => id in columns))
      .map((id) => say(`there is no column ${id}.`)),
  ];
}

function layerProblems({ id, columnOrder, columns, dataView }: LensLayer): readonly string[] {
  const names = Object.keys(columns);
  const isWhole = columnOrder.length === names.length && names.every((name) => columnOrder.includes(name));
  const wanted = Object.values(columns).flatMap((column) => {
    const { references, params } = objectOf(column);
    const { orderBy, tinymathAst } = objectOf(params);
    const top = objectOf(orderBy).columnId;
    return [...textsOf(references), ...(typeof top === 'string' ? [top] : []), ...textsOf(objectOf(tinymathAst).args)];
  });
  const tops = Object.values(columns).flatMap((column) => {
    const { columnId } = objectOf(objectOf(objectOf(column).params).orderBy);
    return typeof columnId === 'string' ? [columnId] : [];
  });
  const isOrder = (name: string): boolean => {
    const { operationType, filter } = objectOf(columns[name]);
    return ORDERS.includes(textOf(operationType)) && filter === undefined;
  };
  return [
    ...tops.filter((name) => !isOrder(name)).map((name) => `Lens cannot order by ${name}.`),
    ...(isWhole ? [] : [`columnOrder of layer ${id} is not its columns.`]),
    ...(dataView === undefined ? [`layer ${id} has no data view.`] : []),
    ...wanted.filter((name) => !names.includes(name)).map((name) => `there is no column ${name}.`),
  ];
}

/** The columns that a visualization names. */
export function accessorsIn(visualization: JsonObject): readonly string[] {
  return Object.entries(visualization).flatMap(([key, value]) => {
    if (/Accessor$|^columnId$/.test(key)) return typeof value === 'string' ? [value] : [];
    if (key === 'accessors') return textsOf(value);
    return [...objectsOf(value), objectOf(value)].flatMap(accessorsIn);
  });
}

function placeProblems(panels: readonly ImportedPanel[]): readonly string[] {
  return panels.flatMap((panel, place) => {
    const { x, y, w, h } = panel.grid;
    const isInside = x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= GRID_WIDTH;
    const under = panels.slice(0, place).filter(({ grid }) => {
      const isBeside = x >= grid.x + grid.w || grid.x >= x + w;
      return !isBeside && y < grid.y + grid.h && grid.y < y + h;
    });
    const twins = panels.slice(0, place).filter(({ panelIndex }) => panelIndex === panel.panelIndex);
    return [
      ...(isInside ? [] : [`${nameOf(panel)}: it is not on the dashboard.`]),
      ...under.map(({ panelIndex }) => `${nameOf(panel)}: it covers ${panelIndex}.`),
      ...twins.map(() => `${nameOf(panel)}: there are two of it.`),
    ];
  });
}

function vegaProblems(panel: ImportedPanel): readonly string[] {
  const spec = vegaOf(panel);
  if (spec === undefined) return [];
  try {
    compiled(spec, { hits: { hits: [] } });
    return [];
  } catch (problem) {
    return [`${nameOf(panel)}: Vega says ${String(problem)}`];
  }
}

/** The controls of a dashboard, each with the data view that its reference names. */
export function controlsOf({ attributes, references }: ImportedObject): readonly {
  readonly id: string;
  readonly field: string;
  readonly dataView: string | undefined;
}[] {
  const panels = objectOf(parsedOf(objectOf(attributes.controlGroupInput).panelsJSON));
  return Object.entries(panels).map(([id, control]) => ({
    id,
    field: textOf(objectOf(objectOf(control).explicitInput).fieldName),
    dataView: references.find(({ name }) => name === `controlGroup_${id}:optionsListDataView`)?.id,
  }));
}

function controlProblems(dashboard: ImportedObject): readonly string[] {
  return controlsOf(dashboard)
    .filter(({ dataView }) => dataView === undefined)
    .map(({ id }) => `dashboard ${dashboard.id}: control ${id} has no data view.`);
}
