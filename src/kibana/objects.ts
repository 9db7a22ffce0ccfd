import { dashboardObject } from './dashboard.js';
import { clients } from './dashboards/clients.js';
import { coverage } from './dashboards/coverage.js';
import { overview } from './dashboards/overview.js';
import { rejections } from './dashboards/rejections.js';
import { server } from './dashboards/server.js';
import { dataViews } from './data-views.js';
import type { SavedObject } from './saved-object.js';
import { searches } from './searches.js';

/** The smallest window where nothing else is configured. */
export const DEFAULT_WINDOW_SIZE = '5m';

/**
 * All saved objects for Kibana, each after what it refers to but for dashboards, which refer to each other. Their windows
 * are of this size, which is to be the smallest that is configured: larger ones count the same traffic again.
 */
export function kibanaObjects(windowSize = DEFAULT_WINDOW_SIZE): readonly SavedObject[] {
  const dashboards = [
    overview(windowSize),
    server(windowSize),
    rejections(),
    clients(windowSize),
    coverage(windowSize),
  ];
  return [...dataViews(), ...searches(windowSize), ...dashboards.map(dashboardObject)];
}
