import { entries } from '../core/tally/counters.js';
import { isAbsent, isThere } from './answer.js';
import type { Request } from './client.js';
import { CUSTOM_COMPONENT } from './templates.js';
import type { Abilities } from './templates.js';

/** Abilities of the server itself. */
type Probed = Exclude<keyof Abilities, 'customComponent'>;

/** What each ability is tried with: a template that is only simulated. */
const PROBES: Readonly<Record<Probed, object>> = {
  policies: { template: { settings: { 'index.lifecycle.name': 'mxwarden' } } },
  retention: { data_stream: {}, template: { lifecycle: { data_retention: '1d' } } },
  constantKeyword: { template: { mappings: { properties: { a: { type: 'constant_keyword' } } } } },
  matchOnlyText: { template: { mappings: { properties: { a: { type: 'match_only_text' } } } } },
  missingComponents: {
    composed_of: [CUSTOM_COMPONENT],
    ignore_missing_component_templates: [CUSTOM_COMPONENT],
    template: {},
  },
};

/** What follows where the server lacks an ability. */
const LACKS: Readonly<Record<Probed, string>> = {
  policies:
    'It has no lifecycle policies (ILM): windows and rows of clients are never deleted; delete old indices yourself, ' +
    'with OpenSearch by a policy of Index State Management.',
  retention:
    'It keeps no retention in data streams: alerts and rejections are deleted by a policy (ILM), or not without you.',
  constantKeyword:
    'It has no type constant_keyword: event.module, event.dataset and observer.vendor are of type keyword.',
  matchOnlyText: 'It has no type match_only_text: texts are of type text, which takes more room.',
  missingComponents:
    'It takes no names of missing templates: for your own settings make mxwarden@custom, then run setup again.',
};

/** It must match no index of anybody. */
const PROBE_PATTERN = 'mxwarden.probe-only-*';
const PROBE_PRIORITY = 987_654_321;

/** What a server can do; it is left as it is. */
export async function abilitiesOf(ask: Request): Promise<Abilities> {
  const has = async (ability: Probed): Promise<boolean> => {
    const template = { index_patterns: [PROBE_PATTERN], priority: PROBE_PRIORITY, ...PROBES[ability] };
    return isThere(await ask('POST', '/_index_template/_simulate', template));
  };
  return {
    // A server may know the setting and still have no policies.
    policies: (await has('policies')) && !isAbsent(await ask('GET', '/_ilm/policy/mxwarden')),
    retention: await has('retention'),
    constantKeyword: await has('constantKeyword'),
    matchOnlyText: await has('matchOnlyText'),
    missingComponents: await has('missingComponents'),
    customComponent: isThere(await ask('GET', `/_component_template/${CUSTOM_COMPONENT}`)),
  };
}

/** What follows from what a server cannot do, a sentence each. */
export function lacksOf(abilities: Abilities): readonly string[] {
  return entries(LACKS)
    .filter(([ability]) => !abilities[ability])
    .map(([, text]) => text);
}
