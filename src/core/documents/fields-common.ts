import { always, boolean, constant, core, date, extended, ip, keyword, long, many, measured } from './field.js';
import type { Declared } from './field.js';

/** Fields of every document. */
export const COMMON = {
  '@timestamp': always(core(date('start of the window, or time of the event'))),
  // No constant: a later version writes into the index of this month as well.
  'ecs.version': always(core(keyword('version of the Elastic Common Schema'))),
  'event.kind': always(core(keyword('metric for a window, event for a rejection, alert for an incident'))),
  'event.category': always(core(many(keyword('what it is about, in the words of ECS')))),
  'event.type': always(core(many(keyword('what it says about that, in the words of ECS')))),
  'event.module': always(core(constant('what made it'))),
  'event.dataset': always(core(constant('kind of document'))),
  'event.id': always(core(keyword('identity of the document: a later one with the same replaces it'))),
  'event.ingested': core(date('when it was sent to Elasticsearch; files and topics lack it')),
  'host.name': always(core(keyword('first host name of the mail server; of a DNS server its host'))),
  'observer.vendor': always(core(constant('what made it'))),
  'related.hosts': extended(many(keyword('all host names in it: of the server, and of clients'))),
  'related.ip': extended(many(ip('all addresses in it: of the server, and of clients'))),
  'mxwarden.subject': always(keyword('whom it is about: mail:ID or dns:ID')),
} as const satisfies Declared;

export const WINDOW = {
  'event.start': always(extended(date('start of the window, inclusive'))),
  'event.end': always(extended(date('end of the window, exclusive'))),
  'event.duration': always(measured('nanos', core(long('length of the window')))),
  'host.ip': core(many(ip('addresses from which the mail server asks DNS'))),
  'mxwarden.window.size': always(keyword('size of the window as configured, such as 5m')),
  'mxwarden.window.revision': always(
    long('1 for the first document of the window, then one more for each that replaced it'),
  ),
  'mxwarden.window.version': always(long('grows with each revision, over all windows')),
  'mxwarden.window.final': always(boolean('true once the window is sealed: no later document replaces this one')),
  'mxwarden.window.client_error': long('by how much numbers of a client may be too small; absent where they are exact'),
} as const satisfies Declared;

/** What is known of a client beside its log: by its host name, and in files that the site gives. */
export const ENRICHED = {
  'source.registered_domain': extended(
    keyword('domain that is registered, of its host name: example.org of mx.lab.example.org'),
  ),
  'source.top_level_domain': extended(keyword('public suffix under which it is registered: org, co.uk')),
  'source.subdomain': extended(keyword('what stands before the registered domain: mx.lab')),
  'source.as.number': extended(long('autonomous system that announces its address')),
  'source.as.organization.name': extended(keyword('who runs the autonomous system')),
  'source.geo.country_iso_code': core(keyword('country of its address (ISO 3166-1, two letters)')),
} as const satisfies Declared;
