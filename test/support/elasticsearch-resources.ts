import type { Answer } from '../../src/elasticsearch/answer.js';
import { resources } from '../../src/elasticsearch/templates.js';
import type { Abilities, Resource, Retention } from '../../src/elasticsearch/templates.js';

export const ALL_ABILITIES: Abilities = {
  policies: true,
  retention: true,
  constantKeyword: true,
  matchOnlyText: true,
  missingComponents: true,
  customComponent: false,
};

/** The resource of this kind and name on a server of all abilities. */
export function resourceOf(what: Resource['what'], name: string, retention: Retention): Resource {
  const found = resources(ALL_ABILITIES, retention).find((each) => each.name === name && each.what === what);
  if (found === undefined) throw new Error(`There is no ${what} ${name}.`);
  return found;
}

/** What a server gives back for a resource, or for one whose mark or content is another. */
export function givenBack(
  { what, name, meta, content: ours }: Resource,
  change: { readonly meta?: object; readonly content?: object } = {},
): Answer {
  const _meta = { ...meta, ...change.meta };
  const content = { ...ours, ...change.content };
  const answer = (body: object): Answer => ({ kind: 'answer', status: 200, body });
  if (what === 'lifecycle policy') return answer({ [name]: { version: 1, policy: { phases: content, _meta } } });
  if (what === 'component template')
    return answer({ component_templates: [{ name, component_template: { template: content, _meta } }] });
  return answer({ index_templates: [{ name, index_template: { ...content, version: 1, _meta } }] });
}
