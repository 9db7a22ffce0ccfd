import { INCIDENT_ACTIONS, INCIDENT_STATES } from '../detect/incidents.js';
import { CATEGORIES, KINDS } from '../detect/kinds.js';
import { SIDES } from '../event.js';
import { VERDICTS } from '../respond/effect.js';
import { ACTIONS, LAYERS, REFUSALS } from '../respond/proposal.js';
import {
  always,
  core,
  date,
  double,
  extended,
  float,
  ip,
  keyword,
  long,
  many,
  measured,
  prefixed,
  text,
  within,
} from './field.js';
import type { Declared, Field } from './field.js';

/** Risk scores that Elastic's detection engine gives to its severities. */
export const RISK = { low: 21, medium: 47, high: 73 } as const;

const KIND_NAMES = Object.keys(KINDS);

export const ALERT = {
  'event.action': always(within(INCIDENT_ACTIONS, core(keyword('what happened to the incident')))),
  'event.start': always(extended(date('start of the first abnormal window'))),
  'event.severity': always(within(Object.values(RISK), core(long('21 low, 47 medium, 73 high')))),
  'event.risk_score': always(within(Object.values(RISK), core(float('the same')))),
  'host.ip': core(many(ip('addresses from which the mail server asks DNS'))),
  message: always(core(text('what happened, to whom, since when and what to do, in one sentence'))),
  'related.user': extended(many(keyword('user that it is about'))),
  'rule.id': always(within(KIND_NAMES, extended(keyword('kind of incident')))),
  'rule.name': always(extended(keyword('the same as people say it'))),
  'rule.category': always(within(CATEGORIES, extended(keyword('model that the rule is of')))),
  'source.ip': core(ip('address of the client that it is about')),
  'source.address': extended(keyword('the same as it is known: of IPv6 the /64')),
  'source.domain': core(keyword('its host name as the server saw it')),
  'user.name': core(keyword('user that it is about')),
  'mxwarden.incident.id': always(keyword('subject, kind, client or nothing, start')),
  'mxwarden.incident.kind': always(within(KIND_NAMES, keyword('kind of incident'))),
  'mxwarden.incident.state': always(within(INCIDENT_STATES, keyword('how it stands'))),
  'mxwarden.incident.started': always(date('start of the first abnormal window')),
  'mxwarden.incident.ended': date('end of the last abnormal window, once the incident is closed'),
  'mxwarden.incident.last_seen': always(date('end of the last abnormal window so far')),
  'mxwarden.incident.advice': always(keyword('what to do')),
  'mxwarden.incident.side': within(SIDES, keyword('log that fell silent')),
  'mxwarden.incident.recipients': many(
    keyword('recipients that it is about: their domains, or their addresses where the site wants them'),
  ),
  'mxwarden.known.reason': keyword('why the operator knows about it; absent where nobody does'),
  'mxwarden.known.until': date('until when it is known'),
  'mxwarden.evidence.text': always(text('the numbers in words, of the worst window so far')),
  'mxwarden.evidence.n': double('of how many'),
  'mxwarden.evidence.observed': double('what was counted or measured'),
  'mxwarden.evidence.expected': double('what was to be expected'),
  'mxwarden.evidence.baseline_median': double('median of quiet windows'),
  'mxwarden.evidence.baseline_spread': double('their robust standard deviation'),
  'mxwarden.evidence.baseline_n': long('how many they are'),
  'mxwarden.proposal.layer': within(
    LAYERS,
    keyword('where Postfix can act: by the client, the user or the recipients; absent where it has no entry for it'),
  ),
  'mxwarden.proposal.key': keyword('client or user of the entry'),
  'mxwarden.proposal.refusal': within(Object.keys(REFUSALS), keyword('why it is not to be blocked')),
  'mxwarden.proposal.cautious': within(ACTIONS, keyword('the careful action to begin with')),
  'mxwarden.proposal.firm': within(ACTIONS, keyword('the action once that was right')),
  'mxwarden.proposal.expires': date('when the entry is to be taken out again'),
  'mxwarden.proposal.minutes': measured('m', double('length of the worst window, of which all numbers here are')),
  'mxwarden.proposal.client.connects': long('sessions of the client'),
  'mxwarden.proposal.client.queries': long('DNS queries about it'),
  'mxwarden.proposal.collateral.messages': long('messages accepted from it'),
  'mxwarden.proposal.collateral.recipients': long('recipients accepted from it'),
  'mxwarden.proposal.collateral.share': measured('percent', double('these messages over all that were accepted')),
  'mxwarden.proposal.collateral.day_messages': long('messages accepted from it within the day before'),
  'mxwarden.proposal.collateral.day_share': measured(
    'percent',
    double('these over all that were accepted in that day'),
  ),
  'mxwarden.proposal.collateral.day_hours': long('hours of that day that were seen'),
  'mxwarden.proposal.writers': many(keyword('clients that write to the recipients that do not exist')),
  'mxwarden.proposal.temporary': long('refusals of these recipients that ask to try again (4xx)'),
  'mxwarden.effect.verdict': within(Object.keys(VERDICTS), keyword('what came of it that its client is refused')),
  'mxwarden.effect.text': keyword('the same in words, with the numbers'),
  'mxwarden.effect.since': date('from when on the client is refused'),
  'mxwarden.effect.attempts': long('its connections since then, in the last windows that were looked at'),
  'mxwarden.effect.refused': long('how many of them were refused'),
} as const satisfies Declared;

/** Numbers of a server in the window of a proposal: as they were, and as they would be with the entry in place. */
export const OUTLOOKS = {
  now: 'as it was',
  goes_on: 'with the entry, if the client goes on',
  gives_up: 'with the entry, if the client gives up',
} as const;
export const OUTLOOK = {
  connects: (when: string) => long(`Nc ${when}`),
  queries: (when: string) => double(`Dq ${when}`),
  mee: (when: string) => double(`adjusted MEE ${when}`),
} as const satisfies Record<string, (when: string) => Field>;

/** Numbers of a minute before a client was refused, and after. */
export const LOADS = { before: 'before it was refused', after: 'since it is refused' } as const;
export const LOAD = {
  connects: (when: string) => measured('per minute', double(`sessions of the client ${when}`)),
  client_queries: (when: string) => measured('per minute', double(`DNS queries about it ${when}`)),
  queries: (when: string) => measured('per minute', double(`Dq ${when}`)),
  mee: (when: string) => double(`adjusted MEE ${when}`),
} as const satisfies Record<string, (when: string) => Field>;

function crossed(
  prefix: string,
  times: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, (when: string) => Field>>,
): [string, Field][] {
  return Object.entries(times).flatMap(([time, when]) =>
    Object.entries(fields).map(([name, field]): [string, Field] => [`${prefix}${time}.${name}`, field(when)]),
  );
}

/** What an alert has beside what all documents have. */
export function alertFields(): [string, Field][] {
  return [
    ...prefixed('', ALERT),
    ...crossed('mxwarden.proposal.', OUTLOOKS, OUTLOOK),
    ...crossed('mxwarden.effect.', LOADS, LOAD),
  ];
}
