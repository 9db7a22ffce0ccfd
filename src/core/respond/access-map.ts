import { KINDS } from '../detect/kinds.js';
import type { Kind } from '../detect/kinds.js';
import { two, whole } from '../detect/text.js';
import type { Incident } from '../detect/incidents.js';
import type { Ms } from '../event.js';
import { effectText } from './effect.js';
import { planOf } from './access-plan.js';
import type { AccessMapOptions, Entry, Plan, Proposed } from './access-plan.js';
import { accessOf, commented, screenOf } from './map-entry.js';
import type { EntryAction } from './map-entry.js';
import { LAYERS, REFUSALS, expiryMs } from './proposal.js';
import type { Collateral, Layer, Outlook, Proposal } from './proposal.js';
import type { Told } from './told.js';

/** A file for Postfix, with all that a postmaster must know in its comments. */
export interface AccessMap {
  readonly layer: Layer;
  readonly type: 'cidr' | 'hash';
  readonly file: string;
  readonly entries: number;
  readonly text: string;
}

const FILES: Readonly<Record<Layer, Pick<AccessMap, 'type' | 'file'>>> = {
  smtpd: { type: 'cidr', file: 'mxwarden_client.cidr' },
  postscreen: { type: 'cidr', file: 'mxwarden_postscreen.cidr' },
  submission: { type: 'cidr', file: 'mxwarden_submission.cidr' },
  user: { type: 'hash', file: 'mxwarden_user' },
  recipients: { type: 'hash', file: 'mxwarden_recipient' },
};

/**
 * What Postfix could do about the incidents that alerts told, as text: its maps one after the other, who is not to be
 * blocked, and what has no entry.
 */
export function accessMapText(told: readonly Told[], options: AccessMapOptions = {}): string {
  const plan = planOf(told, options);
  const maps = mapsOf(plan, options);
  if (options.layer !== undefined) return maps.map(({ text }) => text).join('\n') || linesOf([NOTHING]);
  const { incidents, nowMs } = plan;
  const head = [
    `mxwarden access-map: ${counted(incidents.length, 'incident')}${nowMs === -Infinity ? '' : `, as of ${when(nowMs)}`}.`,
    'mxwarden changes nothing: look at it, and install what you want of it (--layer prints one map alone).',
  ].map(commented);
  const parts = [linesOf(head), ...maps.map(({ text }) => text), ...remarksOf(plan).map((remark) => linesOf(remark))];
  if (maps.length === 0) parts.splice(1, 0, linesOf([NOTHING]));
  return parts.join('\n');
}

const NOTHING = commented('No entry is proposed.');

/** The maps alone. */
export function accessMaps(told: readonly Told[], options: AccessMapOptions = {}): readonly AccessMap[] {
  return mapsOf(planOf(told, options), options);
}

function mapsOf({ entries }: Plan, { action, layer: only }: AccessMapOptions): readonly AccessMap[] {
  return LAYERS.filter((layer) => only === undefined || layer === only).flatMap((layer) => {
    const own = entries.filter((entry) => entry.layer === layer);
    if (own.length === 0) return [];
    const { type, file } = FILES[layer];
    const head = [
      `==== /etc/postfix/${file}: ${counted(own.length, 'entry', 'entries')}, type ${type}`,
      ...INSTALL[layer],
      ...notesOn(layer, own, action),
    ].map(commented);
    const blocks = layer === 'recipients' ? recipientLines(own) : own.map((entry) => entryLines(entry, action));
    return [
      { layer, type, file, entries: own.length, text: linesOf([...head, ...blocks.flatMap((b) => ['#', ...b])]) },
    ];
  });
}

/** How each map is put to work. */
const INSTALL: Readonly<Record<Layer, readonly string[]>> = {
  smtpd: [
    'main.cf:   smtpd_client_restrictions = check_client_access cidr:/etc/postfix/mxwarden_client.cidr, (what is there now)',
    'then:      postfix reload (a cidr: table needs no postmap)',
  ],
  postscreen: [
    'main.cf:   postscreen_access_list = permit_mynetworks, cidr:/etc/postfix/mxwarden_postscreen.cidr',
    'then:      postfix reload (a cidr: table needs no postmap)',
  ],
  submission: [
    'main.cf:   mua_client_restrictions = check_client_access cidr:/etc/postfix/mxwarden_submission.cidr, (what is there now)',
    'master.cf: -o smtpd_client_restrictions=$mua_client_restrictions of submission and submissions',
    'then:      postfix reload (a cidr: table needs no postmap)',
  ],
  user: [
    'main.cf:   mua_sender_restrictions = check_sasl_access hash:/etc/postfix/mxwarden_user, (what is there now)',
    'master.cf: -o smtpd_sender_restrictions=$mua_sender_restrictions of submission and submissions',
    'then:      postmap hash:/etc/postfix/mxwarden_user && postfix reload (lmdb: where Postfix has no hash:)',
    'With smtpd_sasl_local_domain set a key is user@domain.',
  ],
  recipients: [
    'main.cf:   smtpd_recipient_restrictions = check_recipient_access hash:/etc/postfix/mxwarden_recipient, (what is there now)',
    'then:      postmap hash:/etc/postfix/mxwarden_recipient && postfix reload (lmdb: where Postfix has no hash:)',
  ],
};

/** Kinds whose clients need never name a recipient. */
const BEFORE_RCPT: ReadonlySet<Kind> = new Set<Kind>(['auth_flood', 'connect_flood', 'single_client_flood']);

function notesOn(layer: Layer, entries: readonly Entry[], action: EntryAction | undefined): readonly string[] {
  const comesEarly = entries.some(({ proposed }) => proposed.some(({ told }) => BEFORE_RCPT.has(told.incident.kind)));
  if ((layer === 'smtpd' || layer === 'submission') && comesEarly)
    return [
      'With smtpd_delay_reject = yes (the default) smtpd asks the list at RCPT TO only. Who guesses passwords or just',
      'connects never gets there: set smtpd_delay_reject = no for this service (master.cf: -o smtpd_delay_reject=no).',
      'But first move out of the list what needs more than the client: nobody has logged in when it is asked, so that',
      '"permit_sasl_authenticated, reject" would refuse everybody; it belongs into smtpd_recipient_restrictions.',
    ];
  if (layer !== 'postscreen') return [];
  return [
    ...(action === undefined || action.name === 'warn'
      ? [
          'Begin with postscreen_denylist_action = ignore (the default): it only logs DENYLISTED. Then enforce, or drop.',
          'Where it is one of these already, the entries below refuse at once.',
        ]
      : [
          'postscreen_denylist_action = enforce refuses at RCPT TO, drop at once; ignore (the default) only logs DENYLISTED.',
        ]),
    'It is for all entries of postscreen_access_list; before Postfix 3.6 it is postscreen_blacklist_action.',
  ];
}

function entryLines({ key, layer, proposed }: Entry, action: EntryAction | undefined): readonly string[] {
  const last = proposed[proposed.length - 1];
  if (last === undefined) return [];
  const { proposal } = last;
  const chosen = action ?? { name: proposal.cautious };
  const value = (layer === 'postscreen' ? screenOf(chosen) : undefined) ?? accessOf(chosen);
  const lastSeenMs = Math.max(...proposed.map(({ told }) => told.incident.lastSeenMs));
  const next =
    action === undefined
      ? [
          `  begins with ${proposal.cautious}; once the log shows that it meets the right one: --action ${proposal.firm}`,
        ]
      : [];
  return [
    ...proposed.flatMap(({ told }) => reasonLines(told)).map(commented),
    ...numberLines(layer, proposal).map((line) => commented(`  ${line}`)),
    ...next.map(commented),
    commented(`  until ${when(expiryMs(lastSeenMs))}: take it out then, addresses change hands`),
    `${key}\t${value}`,
  ];
}

/** Which incident, what it was, whether it is over, and what came of it. */
function reasonLines({ id, incident }: Told): readonly string[] {
  const { kind, who, finding, startedMs, effect } = incident;
  const about = who === undefined ? '' : `${who}: `;
  return [
    `${about}${KINDS[kind].name}, ${when(startedMs)} ${endOf(incident)}: ${finding.text}`,
    `  incident ${id}`,
    ...(effect === undefined ? [] : [`  effect: ${effectText(effect)}`]),
  ];
}

function endOf({ state, lastSeenMs }: Incident): string {
  if (state === 'closed') return `to ${when(lastSeenMs)} (over)`;
  return state === 'provisional' ? 'on (not confirmed yet)' : `on, last seen ${when(lastSeenMs)}`;
}

function numberLines(layer: Layer, { collateral, client, minutes, now, goesOn, givesUp }: Proposal): readonly string[] {
  const own =
    client === undefined
      ? ''
      : `; of it sessions ${whole(client.connects)}${client.queries === undefined ? '' : `, DNS queries about it ${whole(client.queries)}`}`;
  const why = layer === 'postscreen' ? 'postscreen acts before smtpd' : 'smtpd rejects after connect and PTR look-up';
  return [
    ...(collateral === undefined ? [] : [`collateral: ${collateralText(collateral)}`]),
    `worst window (${minutes < 1 ? `${whole(60 * minutes)} s` : `${whole(minutes)} min`}): ${outlookText(now)}${own}`,
    ...(goesOn === undefined ? [] : [`refused, if it goes on: ${outlookText(goesOn)} (${why})`]),
    ...(givesUp === undefined ? [] : [`refused, if it gives up: ${outlookText(givesUp)}`]),
  ];
}

function outlookText({ connects, queries, mee }: Outlook): string {
  return [
    `Nc ${whole(connects)}`,
    ...(queries === undefined ? [] : [`Dq ${whole(queries)}`]),
    ...(mee === undefined ? [] : [`MEE ${two(mee)}`]),
  ].join(', ');
}

function collateralText({ messages, recipients, share, dayMessages, dayShare, dayHours }: Collateral): string {
  const to = recipients === undefined ? '' : ` to ${counted(recipients, 'recipient')}`;
  const day =
    dayMessages === undefined
      ? 'nothing is known of the day before'
      : `${messagesText(dayMessages, dayShare)} in the day before (${counted(dayHours ?? 0, 'hour')} of it seen)`;
  return `of its mail ${messagesText(messages, share)}${messages > 0 ? to : ''} accepted in that window, ${day}`;
}

function messagesText(messages: number, share: number | undefined): string {
  if (messages === 0) return 'nothing';
  const part = share === undefined ? '' : ` (${(100 * share).toFixed(1)} % of all)`;
  return `${counted(messages, 'message')}${part}`;
}

/** Recipients that do not exist, under the incident that names them, and who writes to them. */
function recipientLines(entries: readonly Entry[]): readonly (readonly string[])[] {
  const byIncident = new Map<string, { readonly proposed: Proposed; readonly keys: string[] }>();
  for (const { key, proposed } of entries) {
    const last = proposed[proposed.length - 1];
    if (last === undefined) continue;
    const known = byIncident.get(last.told.id) ?? { proposed: last, keys: [] };
    byIncident.set(last.told.id, known);
    known.keys.push(key);
  }
  return [...byIncident.values()].map(({ proposed: { told, proposal }, keys }) => [
    ...[...reasonLines(told), ...goneLines(proposal)].map(commented),
    ...keys.flatMap((key) => [`${key}\t550 5.1.1 User unknown`, commented(`relocated_maps: ${key} NEW-ADDRESS`)]),
  ]);
}

function goneLines({ writers = [], temporary = 0 }: Proposal): readonly string[] {
  return [
    '  nobody is blocked: their other mail is wanted. Tell them, or say in relocated_maps where the recipients went',
    `  who writes to them: ${writers.join(', ')}`,
    temporary > 0
      ? `  ${whole(temporary)} of these refusals were temporary (450), so that senders try again for days: ` +
        'unknown_local_recipient_reject_code = 550 ends it, as entries for them do. First make sure that they are gone: ' +
        '450 also stands where an address could not be verified (unverified address)'
      : '  they are refused for good (550) already: entries for them change nothing but the text',
  ];
}

/** Who is left out, and why. */
function remarksOf({
  refused,
  unwritable,
  unnamed,
  withoutEntry,
  known,
  expired,
}: Plan): readonly (readonly string[])[] {
  const remarks: string[][] = [];
  if (refused.length > 0)
    remarks.push([
      '==== Not to be blocked',
      ...refused.flatMap(({ proposed }) =>
        proposed.flatMap(({ told, proposal: { refusal } }) => [
          ...reasonLines(told),
          `  not to be blocked: ${refusal === undefined ? 'another incident says why' : REFUSALS[refusal]}`,
          `  instead: ${KINDS[told.incident.kind].advice}`,
        ]),
      ),
    ]);
  if (unwritable.length > 0)
    remarks.push([
      '==== Left out: names that cannot be keys of a table',
      ...unwritable.flatMap(({ key, proposed }) =>
        proposed.map(({ told }) => `${JSON.stringify(key)}: incident ${told.id}`),
      ),
    ]);
  if (unnamed.length > 0)
    remarks.push([
      '==== Recipients that are named by their domains alone',
      ...unnamed.flatMap(({ told, proposal }) => [
        ...reasonLines(told),
        ...goneLines(proposal),
        '  an analysis with `recipients: address` in its configuration names them',
      ]),
    ]);
  if (known.length > 0)
    remarks.push([
      '==== Known: nothing to do',
      ...known.flatMap((told) => [...reasonLines(told), `  known: ${told.known ?? ''}`]),
    ]);
  if (withoutEntry.length > 0)
    remarks.push([
      '==== Without an entry: no single client of Postfix to act on',
      ...withoutEntry.flatMap((told) => [...reasonLines(told), `  what to do: ${KINDS[told.incident.kind].advice}`]),
    ]);
  if (expired.length > 0)
    remarks.push([
      '==== Expired: to be taken out',
      ...expired.map(({ id, incident }) => `${id}, last seen ${when(incident.lastSeenMs)}`),
    ]);
  return remarks.map((remark) => remark.map(commented));
}

function linesOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

function when(time: Ms): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
