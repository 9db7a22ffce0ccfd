import { TO_SET_UP, TO_WRITE } from '../src/elasticsearch/privileges.js';
import type { Needs } from '../src/elasticsearch/privileges.js';
import { TO_SET_UP_KIBANA } from '../src/kibana/privileges.js';

/** A role as `PUT /_security/role/NAME` takes it, and as an API key has it among its `role_descriptors`. */
function role({ cluster, indices }: Needs, ofKibana: readonly string[]): object {
  const application = { application: 'kibana-.kibana', privileges: ofKibana, resources: ['space:default'] };
  return { cluster, indices, applications: ofKibana.length === 0 ? [] : [application] };
}

/** The roles by the names of their files. */
export const ROLE_FILES: readonly (readonly [string, string])[] = [
  ['setup.json', text(role(TO_SET_UP, TO_SET_UP_KIBANA))],
  ['run.json', text(role(TO_WRITE, []))],
];

function text(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
