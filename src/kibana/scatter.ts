import type { FieldOf } from '../core/documents/fields.js';
import { all, filters, isThere } from './condition.js';
import type { Condition } from './condition.js';
import { DATA_VIEWS } from './data-views.js';

type Field = FieldOf['correlation'];

interface Axis {
  readonly field: Field;
  readonly title: string;
}

/** A point for each window, the line that fits them, and the paper's. */
export interface Scatter {
  readonly x: Axis;
  readonly y: Axis;
  readonly where: Condition<Field>;
  readonly paper: { readonly slope: number; readonly title: string };
}

/** As many as Elasticsearch gives at once: two weeks and more of a server's windows of 5 minutes. */
const MOST_WINDOWS = 5000;
const NORMAL = '#6092c0';
const ABNORMAL = '#e7664c';

/** Kibana puts the filters of the dashboard and its range of time where the words in percent signs stand. */
export function scatterSpec({ x, y, where, paper }: Scatter): object {
  const condition = all(where, isThere(x.field), isThere(y.field));
  const query = {
    bool: {
      must: ['%dashboard_context-must_clause%'],
      filter: [
        '%dashboard_context-filter_clause%',
        { range: { '@timestamp': { '%timefilter%': true } } },
        ...filters(condition),
      ],
      must_not: ['%dashboard_context-must_not_clause%'],
    },
  };
  const verdict = 'mxwarden.anomaly';
  const flag: Field = `${verdict}.is_anomaly`;
  const body = {
    size: MOST_WINDOWS,
    sort: [{ '@timestamp': 'desc' }],
    _source: ['@timestamp', 'mxwarden.subject', x.field, y.field, flag],
    query,
  };
  const position = {
    x: { field: 'x', type: 'quantitative', title: x.title },
    y: { field: 'y', type: 'quantitative', title: y.title },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    // Where nothing is to be drawn Vega says that scales have no ends, and Kibana would show that above the picture.
    config: { kibana: { hideWarnings: true } },
    data: { url: { index: DATA_VIEWS.correlation.indices, body }, format: { property: 'hits.hits' } },
    transform: [
      { calculate: `datum._source.${x.field}`, as: 'x' },
      { calculate: `datum._source.${y.field}`, as: 'y' },
      // There may be none of a window.
      { calculate: `(datum._source.${verdict} || {}).is_anomaly === true ? 'abnormal' : 'normal'`, as: 'state' },
      { calculate: `datum._source['@timestamp']`, as: 'time' },
      { calculate: `datum._source.mxwarden.subject`, as: 'subject' },
      { calculate: `${paper.slope} * datum.x`, as: 'paper' },
    ],
    layer: [
      {
        mark: { type: 'point', filled: true, opacity: 0.7 },
        encoding: {
          ...position,
          color: {
            field: 'state',
            type: 'nominal',
            title: 'window',
            scale: { domain: ['normal', 'abnormal'], range: [NORMAL, ABNORMAL] },
          },
          tooltip: [
            { field: 'time', type: 'temporal', title: 'start', format: '%Y-%m-%d %H:%M:%S' },
            { field: 'subject', type: 'nominal', title: 'server' },
            { field: 'x', type: 'quantitative', title: x.title },
            { field: 'y', type: 'quantitative', title: y.title },
          ],
        },
      },
      {
        transform: [{ regression: 'y', on: 'x' }],
        mark: { type: 'line', color: ABNORMAL, tooltip: 'line that fits' },
        encoding: position,
      },
      {
        mark: { type: 'line', strokeDash: [4, 4], color: '#69707d', tooltip: paper.title },
        encoding: { ...position, y: { field: 'paper', type: 'quantitative', title: y.title } },
      },
    ],
  };
}
