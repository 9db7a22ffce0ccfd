import { KINDS, SEVERITIES } from '../src/core/detect/kinds.js';
import type { Kind } from '../src/core/detect/kinds.js';
import type { Score } from '../src/core/discover.js';
import type { IncidentMonth } from '../src/core/documents/incident-months.js';
import type {
  IncidentSummary,
  Incomplete,
  InputSummary,
  ResolverSummary,
  ServerSummary,
  SideCoverage,
  Summary,
} from '../src/core/documents/summary.js';
import { DEAD_REASONS, REASONS, SIDES } from '../src/core/event.js';
import type { DeadReason } from '../src/core/event.js';
import { ACTIONS, LAYERS, REFUSALS } from '../src/core/respond/proposal.js';
import { VERDICTS } from '../src/core/respond/effect.js';
import { zeroRecord } from '../src/core/tally/counters.js';
import type { DeadLetterDocument, Unwritable } from '../src/stages/ports.js';
import { always, instant, list, object, oneOf, optional, ratio, some, text, whole } from './shape.js';
import type { JsonSchema } from './shape.js';

const DEAD = zeroRecord(DEAD_REASONS);
const UNWRITABLE: Readonly<Record<Unwritable['reason'], 0>> = {
  no_identity: 0,
  no_time: 0,
  no_version: 0,
  rejected: 0,
  malformed: 0,
  too_large: 0,
};

const deadLetter = object<DeadLetterDocument>({
  reason: oneOf({ ...DEAD, ...UNWRITABLE }, 'why it can never be counted, or written'),
  origin: text('identity of the line, wherever it is read again: family of the file, hash of its first line, byte'),
  text: text(
    'the line or the record, in Base64 where it is no text; of a line that is too long its start and its length',
  ),
  why: optional(text('the words in which Elasticsearch refused it')),
});

const score = object<Score>({
  address: text('address that asks DNS'),
  score: ratio('share of the connections whose client was looked up from there at about that time'),
  connects: whole('connections at times that the log of its resolver covers'),
});

const server = object<ServerSummary>({
  subject: text('mail:ID'),
  hosts: list(text('host name'), 'its names in the logs'),
  addresses: list(text('IPv4 or IPv6 address'), 'where it asks DNS from'),
  discovery: optional(
    object<NonNullable<ServerSummary['discovery']>>(
      {
        connects: whole('connections in the first pass at times that the DNS logs cover'),
        scores: list(score, 'of addresses that may be its own'),
        missing: optional(
          oneOf(
            { no_dns_log: 0, no_connects: 0, no_common_time: 0, few_connects: 0, not_looked_up: 0 },
            'why it has no address',
          ),
        ),
      },
      'how it was found in the logs; absent where it was named',
    ),
  ),
  dns_queries: whole('DNS queries that it sent: Dq'),
  connects: whole('sessions with smtpd: Nc'),
  from: whole('qmgr lines `from=`: Nf'),
  messages: object<ServerSummary['messages']>(
    { smtp: whole('by SMTP'), local: whole('by programs of the server'), bounce: whole('bounces that it made') },
    'messages opened',
  ),
  accepted: whole('messages accepted by SMTP'),
  pop3_sessions: whole('POP3 logins: Np'),
  mee: optional(ratio("mail exchanging efficiency, the paper's: Nf / Nc")),
  mee_adjusted: optional(ratio('accepted messages / sessions, without re-injection and health probes')),
  mee_lower: optional(ratio('lower end of its interval at 95 %')),
  mee_upper: optional(ratio('upper end')),
  probes_left_out: whole('sessions of health probes'),
  probe_clients: list(text('address'), 'health probes'),
  rejections: list(
    object<ServerSummary['rejections'][number]>({
      reason: oneOf(zeroRecord(REASONS), 'why'),
      count: whole('how many'),
    }),
    'enforced ones, most frequent first',
  ),
  coverage: some(
    zeroRecord(SIDES),
    object<SideCoverage>({
      lines: whole('lines read'),
      share: ratio('of them recognised'),
      last_heard: instant('last event'),
    }),
    'how its logs were read',
  ),
});

const resolver = object<ResolverSummary>({
  subject: text('dns:ID'),
  queries: whole('DNS queries that it was asked'),
  clients: whole('different clients'),
  clients_estimated: optional(always(true, 'where their number is an estimate')),
});

const incident = object<IncidentSummary>({
  id: text('mxwarden.incident.id of its alerts'),
  subject: text('mail:ID or dns:ID'),
  kind: oneOf<Kind>(KINDS, 'what is wrong'),
  name: text('the same in words'),
  severity: oneOf(zeroRecord(SEVERITIES), 'how bad it is'),
  who: optional(text('the client, or user, that it is about')),
  started: instant('start of its first window'),
  ended: optional(instant('when it was last seen; absent where it was not over at the end of the run')),
  evidence: text('the numbers in words'),
  advice: text('what to do'),
  known: optional(
    object<NonNullable<IncidentSummary['known']>>(
      { reason: text('why nobody need do anything'), until: instant('when that ends') },
      'where the operator knows about it',
    ),
  ),
  proposal: optional(
    object<NonNullable<IncidentSummary['proposal']>>(
      {
        layer: oneOf(zeroRecord(LAYERS), 'where Postfix can act'),
        refusal: optional(oneOf(REFUSALS, 'why it is not to be done')),
        cautious: oneOf(zeroRecord(ACTIONS), 'the careful action'),
        firm: oneOf(zeroRecord(ACTIONS), 'the firm one'),
      },
      'what Postfix could do about it',
    ),
  ),
  effect: optional(
    object<NonNullable<IncidentSummary['effect']>>(
      { verdict: oneOf(VERDICTS, 'what came of it'), text: text('the same in words') },
      'of the refusal of its client',
    ),
  ),
});

const sampled = {
  program: text('name of the program'),
  count: whole('how many lines'),
  sample: text('start of one; of mail addresses the domain only'),
};

const input = object<InputSummary>({
  source: text('log, without the marks of rotation'),
  lines: whole('lines read'),
  incomplete: list(
    object<Incomplete>({
      file: text('path'),
      after_byte: whole('how far it was read, unpacked'),
      reason: text('what ended it'),
    }),
    'files that could not be read to their end',
  ),
  counted: whole('records that were counted'),
  unused: whole('records of which nothing is counted'),
  duplicate: whole('DNS events of a message that was counted already, where `dns_duplicates` is `drop`'),
  unrecognised: list(object<InputSummary['unrecognised'][number]>(sampled), 'lines that were not recognised'),
  foreign: list(object<InputSummary['foreign'][number]>(sampled), 'lines of programs that are not read'),
  unmapped: list(
    object<InputSummary['unmapped'][number]>({ host: text('host'), count: sampled.count, sample: sampled.sample }),
    'lines of hosts that are no server',
  ),
  dead_letters: object<Readonly<Record<DeadReason, number>>>(
    {
      no_envelope: whole('no line of a log'),
      too_long: whole('longer than 64 KiB'),
      future: whole('later than the run, or its file'),
      late: whole('too late for their window'),
      no_schema: whole('without the name of a schema'),
      unreadable: whole('not as their schema says'),
    },
    'records that can never be counted, by reason',
  ),
});

const summary = object<Summary>({
  start: optional(instant('start of the first window; absent if there is none')),
  end: optional(instant('end of the last window')),
  window: text('smallest size of windows, such as 5m'),
  servers: list(server, 'mail servers'),
  resolvers: list(resolver, 'DNS servers'),
  incidents: list(incident, 'in the order in which they started; of very many the last ones'),
  incidents_by_month: list(
    object<IncidentMonth>({
      month: text('such as 2026-03 (UTC)'),
      counts: some<Kind, number>(KINDS, whole('how many began'), 'by kind'),
    }),
    'but for those that the operator knows about',
  ),
  inputs: list(input, 'logs'),
});

/** Schemas of what is no document of an index, by name, with what it is. */
export const RESULTS: Readonly<Record<string, { readonly title: string; readonly schema: JsonSchema }>> = {
  dead_letter: { title: 'a record that can never be counted', schema: deadLetter.schema },
  summary: { title: 'what an analysis came to', schema: summary.schema },
};
