import type { DocumentKind } from '../core/documents/fields.js';
import { kql } from './condition.js';
import { dataViewReference } from './data-views.js';
import { columnsOf } from './lens-columns.js';
import type { Table } from './lens-columns.js';
import type { Reference } from './saved-object.js';
import { searchReference } from './searches.js';
import type { SEARCH_IDS } from './searches.js';

/** A panel of a dashboard, without its place there. */
export interface Panel {
  /** Names it within its dashboard. */
  readonly id: string;
  readonly title: string;
  readonly type: 'lens' | 'visualization' | 'search';
  readonly embedded: Readonly<Record<string, unknown>>;
  /** Names are within the panel; the dashboard puts the panel's own before them. */
  readonly references: readonly Reference[];
  /** Of a panel that is an object of its own: the reference to it. */
  readonly refName?: string;
}

const LAYER = 'layer';

interface Drawn {
  readonly visualizationType: 'lnsXY' | 'lnsMetric' | 'lnsDatatable';
  readonly visualization: Readonly<Record<string, unknown>>;
}

interface Named {
  readonly id: string;
  readonly title: string;
}

function lens<K extends DocumentKind>({ id, title }: Named, table: Table<K>, drawn: Drawn): Panel {
  const columns = columnsOf(table);
  const reference = dataViewReference(table.kind, `indexpattern-datasource-layer-${LAYER}`);
  const layer = { columnOrder: Object.keys(columns), columns, incompleteColumns: {} };
  const attributes = {
    title,
    type: 'lens',
    visualizationType: drawn.visualizationType,
    state: {
      datasourceStates: { formBased: { layers: { [LAYER]: layer } } },
      visualization: drawn.visualization,
      query: { language: 'kuery', query: kql(table.where) },
      filters: [],
      internalReferences: [],
      adHocDataViews: {},
    },
    references: [reference],
  };
  return { id, title, type: 'lens', embedded: { attributes, enhancements: {} }, references: [reference] };
}

type Series = 'line' | 'bar_stacked';

/** Curves or bars: over the bucket `x`, told apart by the bucket `split` if there is one. */
export function chart<K extends DocumentKind>(named: Named, seriesType: Series, table: Table<K>): Panel {
  const layer = {
    layerId: LAYER,
    layerType: 'data',
    seriesType,
    xAccessor: 'x',
    ...('split' in table.buckets ? { splitAccessor: 'split' } : {}),
    accessors: Object.keys(table.metrics),
  };
  return lens(named, table, {
    visualizationType: 'lnsXY',
    visualization: {
      layers: [layer],
      preferredSeriesType: seriesType,
      legend: { isVisible: true, position: 'bottom' },
      valueLabels: 'hide',
      fittingFunction: 'None',
      axisTitlesVisibilitySettings: { x: false, yLeft: false, yRight: false },
      tickLabelsVisibilitySettings: { x: true, yLeft: true, yRight: true },
      gridlinesVisibilitySettings: { x: false, yLeft: true, yRight: true },
    },
  });
}

/** One number, with a second one below it if there are two. */
export function figure<K extends DocumentKind>(named: Named, table: Omit<Table<K>, 'buckets'>): Panel {
  const [metricAccessor, secondaryMetricAccessor] = Object.keys(table.metrics);
  return lens(
    named,
    { ...table, buckets: {} },
    {
      visualizationType: 'lnsMetric',
      visualization: {
        layerId: LAYER,
        layerType: 'data',
        metricAccessor,
        ...(secondaryMetricAccessor === undefined ? {} : { secondaryMetricAccessor }),
      },
    },
  );
}

/** Rows of values. */
export function list<K extends DocumentKind>(named: Named, table: Table<K>, sortedBy?: string): Panel {
  const shown = [...Object.keys(table.buckets), ...Object.keys(table.metrics)];
  return lens(named, table, {
    visualizationType: 'lnsDatatable',
    visualization: {
      layerId: LAYER,
      layerType: 'data',
      columns: shown.map((columnId) => ({ columnId, isTransposed: false })),
      paging: { enabled: true, size: 10 },
      ...(sortedBy === undefined ? {} : { sorting: { columnId: sortedBy, direction: 'desc' } }),
    },
  });
}

/** What a saved search finds. */
export function found({ id, title }: Named, search: keyof typeof SEARCH_IDS): Panel {
  const refName = `panel_${id}`;
  return {
    id,
    title,
    type: 'search',
    embedded: { enhancements: {} },
    references: [searchReference(search, refName)],
    refName,
  };
}

function visualization({ id, title }: Named, type: 'markdown' | 'vega', params: object): Panel {
  const data = { aggs: [], searchSource: { query: { language: 'kuery', query: '' }, filter: [] } };
  const savedVis = { title, description: '', type, params, uiState: {}, data };
  return { id, title, type: 'visualization', embedded: { savedVis, enhancements: {} }, references: [] };
}

export function text(named: Named, markdown: string): Panel {
  return visualization(named, 'markdown', { markdown, fontSize: 12, openLinksInNewTab: false });
}

/** A picture that Lens cannot draw, as a specification of Vega-Lite. */
export function picture(named: Named, spec: object): Panel {
  return visualization(named, 'vega', { spec: JSON.stringify(spec, undefined, 2) });
}
