import type { DocumentKind, FieldOf } from '../core/documents/fields.js';
import { all, atLeast, beginsWith, below, is, isAbsent, isThere } from './condition.js';
import type { Condition } from './condition.js';
import type { Attack } from './mitre.js';

/** How a detection makes alerts of the documents that its condition finds. */
export type Method<F extends string> =
  /** Of each. */
  | { readonly is: 'each' }
  /** Of so many of the same values, and, if wanted, of so many different values of another field. */
  | {
      readonly is: 'many';
      readonly by: readonly F[];
      readonly count: number;
      readonly within: string;
      readonly different?: { readonly field: F; readonly count: number };
    }
  /** Of values that were not there in the time before. */
  | { readonly is: 'new'; readonly field: F; readonly history: string }
  /** Of what a further part of a query in ES|QL leaves of them. */
  | { readonly is: 'pipe'; readonly esql: string; readonly words: string };

type Severity = 'low' | 'medium' | 'high';

/** Something to be told of, for Elastic Security and for Sigma. */
export interface Detection<K extends DocumentKind = DocumentKind> {
  /** For good: a rule is known by it. Sigma wants UUIDs. */
  readonly uuid: string;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly kind: K;
  readonly condition: Condition<FieldOf[K]>;
  readonly method: Method<FieldOf[K]>;
  readonly attacks: readonly Attack[];
  readonly falsePositives: readonly string[];
  /** What to look at, one step after the other. */
  readonly triage: readonly string[];
}

function enforced(...reasons: readonly string[]): Condition<FieldOf['rejection']> {
  return all(is('mxwarden.rejection.reason', ...reasons), is('mxwarden.rejection.enforced', true));
}

const LOOK_AT_CLIENT =
  'Open the dashboard [mxwarden] Clients with the client: what else did it do, was any of its mail accepted?';
const BLOCK = '`mxwarden access-map` prints an entry for Postfix; begin with `warn`.';

/** All detections; windows are those of this size. */
export function detections(windowSize: string): readonly Detection[] {
  return [promotion(), relayProbe(), guessing(), harvest(), newClient(), efficiency(windowSize), surge(windowSize)].map(
    (detection): Detection => detection,
  );
}

function promotion(): Detection<'alert'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c01',
    id: 'mxwarden-incident',
    name: 'mxwarden: incident',
    description:
      'An incident that mxwarden opened: of each one alert, with the name, the severity and the risk that mxwarden gives it. What the operator declared as known is left out.',
    severity: 'medium',
    kind: 'alert',
    condition: all<FieldOf['alert']>(
      is('event.kind', 'alert'),
      is('event.module', 'mxwarden'),
      is('event.action', 'incident-opened'),
      isAbsent('mxwarden.known.reason'),
    ),
    method: { is: 'each' },
    attacks: [],
    falsePositives: ['A client that is to be expected: declare it under `known:` in the settings of mxwarden.'],
    triage: [
      'The message says what happened, to whom, since when and what to do; `mxwarden.evidence.text` has the numbers.',
      'An incident is provisional until its windows are sealed: look for `incident-confirmed` or `incident-withdrawn` of the same `mxwarden.incident.id`.',
      LOOK_AT_CLIENT,
      BLOCK,
    ],
  };
}

function relayProbe(): Detection<'rejection'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c02',
    id: 'mxwarden-relay-access-denied',
    name: 'Relay access denied, again and again',
    description:
      'A client tries to send mail through the server to several foreign domains: open relays are looked for.',
    severity: 'low',
    kind: 'rejection',
    condition: enforced('relay_denied'),
    method: {
      is: 'many',
      by: ['host.name', 'source.ip'],
      count: 10,
      within: '1h',
      different: { field: 'mxwarden.rejection.recipient_domain', count: 3 },
    },
    attacks: [{ tactic: 'TA0043', technique: 'T1595' }],
    falsePositives: ['An own host or a partner that lacks permission: see mynetworks and relay_domains.'],
    triage: [
      'Is the client an own host? Then its configuration is wrong, or it is infected.',
      'Open the saved search [mxwarden] Relay access denied for the client: which domains?',
      LOOK_AT_CLIENT,
      BLOCK,
    ],
  };
}

function guessing(): Detection<'rejection'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c03',
    id: 'mxwarden-auth-failed',
    name: 'SASL authentication failed, again and again',
    description: 'A client fails to log in again and again: passwords are guessed.',
    severity: 'medium',
    kind: 'rejection',
    condition: all<FieldOf['rejection']>(
      is('mxwarden.rejection.kind', 'auth_failure'),
      is('mxwarden.rejection.reason', 'auth_failed'),
    ),
    method: { is: 'many', by: ['host.name', 'source.ip'], count: 30, within: '1h' },
    attacks: [{ tactic: 'TA0006', technique: 'T1110', subtechnique: 'T1110.001' }],
    falsePositives: ['A user whose program has an old password; a site behind one address.'],
    triage: [
      'Did a log-in from the client succeed? Look for sasl_username= of its address in the mail log.',
      'If one did: change the password, and look what was sent.',
      LOOK_AT_CLIENT,
      BLOCK,
    ],
  };
}

function harvest(): Detection<'rejection'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c04',
    id: 'mxwarden-user-unknown',
    name: 'User unknown, again and again',
    description: 'A client names many recipients that do not exist: addresses are harvested.',
    severity: 'medium',
    kind: 'rejection',
    condition: enforced('user_unknown'),
    method: { is: 'many', by: ['host.name', 'source.ip'], count: 100, within: '1h' },
    attacks: [{ tactic: 'TA0043', technique: 'T1589', subtechnique: 'T1589.002' }],
    falsePositives: [
      'A mailing list or a partner that writes to removed accounts: few recipients, mail otherwise accepted.',
    ],
    triage: [
      'Many recipients, or few again and again? Few are removed accounts: tell the sender.',
      LOOK_AT_CLIENT,
      BLOCK,
    ],
  };
}

function newClient(): Detection<'rejection'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c05',
    id: 'mxwarden-new-unknown',
    name: 'Recipients that do not exist, of a client never seen',
    description: 'A client that was not refused in the last two weeks names recipients that do not exist.',
    severity: 'low',
    kind: 'rejection',
    condition: all<FieldOf['rejection']>(enforced('user_unknown'), isThere('source.ip')),
    method: { is: 'new', field: 'source.ip', history: 'now-14d' },
    attacks: [{ tactic: 'TA0043', technique: 'T1589', subtechnique: 'T1589.002' }],
    falsePositives: ['Every mistyped address of a new correspondent: for small sites, or for hunting.'],
    triage: ['One recipient is a mistake; several are not.', LOOK_AT_CLIENT],
  };
}

/** What the paper calls abnormal: 0.21 and 0.11 where 0.35 was usual. */
const LOW_MEE = 0.21;

function efficiency(windowSize: string): Detection<'correlation'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c06',
    id: 'mxwarden-efficiency',
    name: 'Mail exchanging efficiency below that of the paper',
    description: `The upper end of the interval of MEE is below ${LOW_MEE}: most sessions deliver nothing. mxwarden itself compares with what is usual for the server; this rule is for sites that want a fixed number as well.`,
    severity: 'medium',
    kind: 'correlation',
    condition: all<FieldOf['correlation']>(
      is('mxwarden.window.size', windowSize),
      is('mxwarden.window.final', true),
      beginsWith('mxwarden.subject', 'mail:'),
      atLeast('mxwarden.mee.sessions', 30),
      below('mxwarden.mee.upper', LOW_MEE),
    ),
    method: {
      is: 'pipe',
      esql: 'KEEP _id, _index, _version, @timestamp, host.name, mxwarden.subject, mxwarden.mee.adjusted, mxwarden.mee.upper, mxwarden.mee.expected, mxwarden.mee.sessions, mxwarden.dns.queries',
      words: 'each window',
    },
    attacks: [{ tactic: 'TA0040', technique: 'T1499' }],
    falsePositives: ['Health probes that are not known as such; a site at which that is usual.'],
    triage: [
      'Open the dashboard [mxwarden] Server: did DNS queries rise at the same time?',
      'Nc(A) tells whether one client drives it; the table beside it what MEE would be without it.',
      BLOCK,
    ],
  };
}

function surge(windowSize: string): Detection<'correlation'> {
  return {
    uuid: '5b0f5c4e-2f0d-4f0e-9a54-0d6a7d3b9c07',
    id: 'mxwarden-dns-surge',
    name: 'DNS queries of a mail server that its mail does not explain',
    description:
      'Within a quarter of an hour more than half of the DNS queries of a mail server belong to no session, no transmission and no POP3 session: another program asks, such as malware.',
    severity: 'medium',
    kind: 'correlation',
    condition: all<FieldOf['correlation']>(
      is('mxwarden.window.size', windowSize),
      beginsWith('mxwarden.subject', 'mail:'),
      isThere('mxwarden.demand.rest'),
    ),
    method: {
      is: 'pipe',
      esql: 'STATS queries = SUM(mxwarden.dns.queries), unexplained = SUM(mxwarden.demand.rest) BY mxwarden.subject, host.name | WHERE queries >= 1000 AND unexplained > 0.5 * queries',
      words: 'servers of whose queries more than half are in mxwarden.demand.rest, of 1,000 at least',
    },
    attacks: [{ tactic: 'TA0011', technique: 'T1071', subtechnique: 'T1071.004' }],
    falsePositives: ['An analysis of logs, a backup or a monitor on the same machine.'],
    triage: [
      'Open the dashboard [mxwarden] Server: parts of Dq, and the types of the queries.',
      'On the host: which process asks (ss -up, tcpdump port 53)?',
    ],
  };
}
