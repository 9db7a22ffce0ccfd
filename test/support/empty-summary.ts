import type { Summary } from '../../src/core/documents/summary.js';

/** Of an analysis in which nothing was. */
export const EMPTY_SUMMARY: Summary = {
  start: undefined,
  end: undefined,
  window: '5m',
  servers: [],
  resolvers: [],
  incidents: [],
  incidents_by_month: [],
  inputs: [],
};
