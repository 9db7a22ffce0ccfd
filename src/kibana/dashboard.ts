import type { DocumentKind } from '../core/documents/fields.js';
import { InvariantError } from '../core/errors.js';
import { kql } from './condition.js';
import type { Condition } from './condition.js';
import { dataViewReference } from './data-views.js';
import type { Panel } from './panels.js';
import { savedObject } from './saved-object.js';
import type { Reference, SavedObject } from './saved-object.js';

/** Dashboards, and what they are called. */
export const DASHBOARDS = {
  overview: 'Overview',
  server: 'Server',
  rejections: 'Rejections',
  clients: 'Clients',
  coverage: 'Coverage and pipeline health',
} as const;
export type DashboardName = keyof typeof DASHBOARDS;

/** A list of values at the top of a dashboard, to choose from. */
export interface Control {
  readonly id: string;
  readonly title: string;
  readonly kind: DocumentKind;
  readonly field: string;
}

/** Panels that stand side by side; their widths make up the whole one. */
export interface Row {
  readonly height: number;
  readonly panels: readonly (readonly [Panel, number])[];
}

export interface Dashboard {
  readonly name: DashboardName;
  readonly description: string;
  /** What all documents of all its panels have in common. */
  readonly where: Condition<string>;
  readonly controls: readonly Control[];
  readonly rows: readonly Row[];
}

const GRID_WIDTH = 48;

function idOf(name: DashboardName): string {
  return `mxwarden-${name}`;
}

/** Links to all dashboards, as text. */
export function links(): string {
  return Object.entries(DASHBOARDS)
    .map(([name, title]) => `[${title}](#/view/mxwarden-${name})`)
    .join(' · ');
}

/** A panel from whose values one gets to other dashboards, with the value as a filter. */
export function leadingTo(panel: Panel, ...names: readonly DashboardName[]): Panel {
  const events = names.map((name) => ({
    eventId: `to-${name}`,
    triggers: ['FILTER_TRIGGER'],
    action: {
      factoryId: 'DASHBOARD_TO_DASHBOARD_DRILLDOWN',
      name: `Go to ${DASHBOARDS[name]}`,
      config: { useCurrentFilters: true, useCurrentDateRange: true, openInNewTab: false },
    },
  }));
  const references = names.map((name): Reference => ({
    name: `drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:to-${name}:dashboardId`,
    type: 'dashboard',
    id: idOf(name),
  }));
  return {
    ...panel,
    embedded: { ...panel.embedded, enhancements: { dynamicActions: { events } } },
    references: [...panel.references, ...references],
  };
}

export function dashboardObject({ name, description, where, controls, rows }: Dashboard): SavedObject {
  const placed = place(rows);
  const panels = placed.map(({ panel, ...grid }) => ({
    type: panel.type,
    panelIndex: panel.id,
    gridData: { ...grid, i: panel.id },
    title: panel.title,
    embeddableConfig: panel.embedded,
    ...(panel.refName === undefined ? {} : { panelRefName: panel.refName }),
  }));
  return savedObject(
    { type: 'dashboard', id: idOf(name) },
    {
      title: `[mxwarden] ${DASHBOARDS[name]}`,
      description,
      timeRestore: true,
      timeFrom: 'now-24h',
      timeTo: 'now',
      refreshInterval: { pause: true, value: 60_000 },
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { language: 'kuery', query: kql(where) }, filter: [] }),
      },
      optionsJSON: JSON.stringify({ useMargins: true, syncColors: false, syncCursor: true, hidePanelTitles: false }),
      controlGroupInput: controlGroup(controls),
      panelsJSON: JSON.stringify(panels),
    },
    [
      ...placed.flatMap(({ panel }) =>
        panel.references.map((reference) => ({ ...reference, name: `${panel.id}:${reference.name}` })),
      ),
      ...controls.map(({ id, kind }) => dataViewReference(kind, `controlGroup_${id}:optionsListDataView`)),
    ],
  );
}

interface Placed {
  readonly panel: Panel;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Rows below each other. */
function place(rows: readonly Row[]): readonly Placed[] {
  let y = 0;
  return rows.flatMap(({ height, panels }) => {
    let x = 0;
    const placed = panels.map(([panel, width]): Placed => {
      const at = { panel, x, y, w: width, h: height };
      x += width;
      return at;
    });
    if (x !== GRID_WIDTH) throw new InvariantError(`A row of a dashboard is ${x} wide.`);
    y += height;
    return placed;
  });
}

function controlGroup(controls: readonly Control[]): object {
  const panels = controls.map(({ id, title, field }, order) => [
    id,
    {
      type: 'optionsListControl',
      order,
      width: 'medium',
      grow: true,
      explicitInput: { id, fieldName: field, title, selectedOptions: [], enhancements: {} },
    },
  ]);
  const respectAll = { ignoreFilters: false, ignoreQuery: false, ignoreTimerange: false, ignoreValidations: false };
  return {
    controlStyle: 'oneLine',
    chainingSystem: 'HIERARCHICAL',
    panelsJSON: JSON.stringify(Object.fromEntries(panels)),
    ignoreParentSettingsJSON: JSON.stringify(respectAll),
  };
}
