import { InvariantError } from '../core/errors.js';
import { isObject } from '../core/documents/value.js';
import { dashboardObject } from './dashboard.js';
import { clients } from './dashboards/clients.js';
import { coverage } from './dashboards/coverage.js';
import { overview } from './dashboards/overview.js';
import { rejections } from './dashboards/rejections.js';
import { server } from './dashboards/server.js';
import { dataViews } from './data-views.js';
import { marked } from './made.js';
import type { SavedObject } from './saved-object.js';
import { searches } from './searches.js';

/** The smallest window where nothing else is configured. */
export const DEFAULT_WINDOW_SIZE = '5m';

/** The space that every Kibana has. */
export const DEFAULT_SPACE = 'default';

/**
 * All saved objects for Kibana, each after what it refers to but for dashboards, which refer to each other. Their windows
 * are of this size, which is to be the smallest that is configured: larger ones count the same traffic again.
 */
export function kibanaObjects(windowSize = DEFAULT_WINDOW_SIZE, space = DEFAULT_SPACE): readonly SavedObject[] {
  const dashboards = [
    overview(windowSize),
    server(windowSize),
    rejections(),
    clients(windowSize),
    coverage(windowSize),
  ];
  const objects = [...dataViews(), ...searches(windowSize), ...dashboards.map(dashboardObject)];
  return (space === DEFAULT_SPACE ? objects : objects.map(renamer(objects, space))).map(marked);
}

/** Where in a Kibana the dashboard is to begin with. */
export function overviewPath(space: string): string {
  const dashboard = kibanaObjects(DEFAULT_WINDOW_SIZE, space).find(({ type }) => type === 'dashboard');
  if (dashboard === undefined) throw new InvariantError('There is no dashboard.');
  return `${space === DEFAULT_SPACE ? '' : `/s/${space}`}/app/dashboards#/view/${dashboard.id}`;
}

/** An id is of one object in all spaces, so that those for another space need other ones. */
function renamer(objects: readonly SavedObject[], space: string): (object: SavedObject) => SavedObject {
  const ids = objects.map(({ id }) => id).join('|');
  // As a whole text of JSON, also within texts of JSON, and in links.
  const names = new RegExp(String.raw`(?<=\\*"|#/view/)(${ids})(?=\\*"|\))`, 'g');
  const renamed = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(names, `$1-${space}`);
    if (Array.isArray(value)) return value.map(renamed);
    return isObject(value) ? renamedMembers(value) : value;
  };
  const renamedMembers = (value: SavedObject['attributes']): SavedObject['attributes'] =>
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, renamed(member)]));
  return (object) => ({
    ...object,
    id: `${object.id}-${space}`,
    attributes: renamedMembers(object.attributes),
    references: object.references.map((reference) => ({ ...reference, id: `${reference.id}-${space}` })),
  });
}
