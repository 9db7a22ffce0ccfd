/** An instant or a duration in integer milliseconds; an instant counts from the epoch, UTC. */
export type Ms = number;

/** The three kinds of log that a mail server's picture is made of. */
export const SIDES = ['mail', 'pop3', 'dns'] as const;
export type Side = (typeof SIDES)[number];

/**
 * Why a client was refused, in the order in which a reject line is tested: the first that fits is the line's reason.
 * The paper's three signatures are `relay_denied`, `recipient_rejected` and `user_unknown`.
 */
export const REASONS = [
  'user_unknown',
  'relay_denied',
  'greylist',
  'rate_limit',
  'dnsbl',
  'spf',
  'policy',
  'helo',
  'client_rejected',
  'client_name',
  'sender_domain',
  'sender_rejected',
  'recipient_domain',
  'recipient_rejected',
  'content',
  'size',
  'mailbox_full',
  'tls_required',
  'auth_required',
  'auth_failed',
  'auth_backend',
  'pipelining',
  'protocol',
  'server_full',
  'other',
] as const;
export type Reason = (typeof REASONS)[number];

/** SMTP commands whose successes and failures smtpd writes into a `disconnect from` line (Postfix 3.0 and later). */
export const COMMANDS = [
  'helo',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'etrn',
  'xclient',
  'xforward',
  'quit',
  'unknown',
] as const;
export type Command = (typeof COMMANDS)[number];
/**
 * How many commands of each name succeeded, and how many failed (`auth=1/3` is `auth: 1, auth_failed: 2`); `commands` is
 * the line's own sum over all of them.
 */
export type Commands = Record<Command | 'commands' | `${Command | 'commands'}_failed`, number>;

/** What the value of a field is, in code and on the wire. */
export type FieldType = 'instant' | 'whole' | 'text' | 'reason' | 'side' | 'direction' | 'commands';

/** A field of an event: the one declaration from which types, schemas and checks follow. */
export interface EventField {
  readonly type: FieldType;
  readonly doc: string;
}

interface ValueOf {
  readonly instant: Ms;
  readonly whole: number;
  readonly text: string;
  readonly reason: Reason;
  readonly side: Side;
  readonly direction: 'query' | 'response';
  readonly commands: Commands;
}

function field<T extends FieldType>(type: T, doc: string): { readonly type: T; readonly doc: string } {
  return { type, doc };
}

/** Fields of mail events. Their names are the names on the wire. */
export const MAIL_FIELDS = {
  time: field('instant', 'when it happened, by the log'),
  host: field('text', 'host that logged it; empty where the log does not say'),
  service: field('text', 'syslog tag without the process id, such as postfix/submission/smtpd'),
  process_id: field('whole', 'process id'),
  client_address: field(
    'text',
    'address of the client as logged, without an IPv6: prefix; unknown where there was none',
  ),
  client_name: field('text', 'host name of the client as logged; unknown where the look-up failed'),
  client_port: field('whole', 'port of the client'),
  queue_id: field('text', 'queue id of the message; absent where it has no queue file (NOQUEUE)'),
  sender: field('text', 'sender of the envelope; empty for a bounce'),
  recipient: field('text', 'recipient of the envelope'),
  recipients: field('whole', 'number of recipients'),
  size_bytes: field('whole', 'size of the message in bytes'),
  sasl_method: field('text', 'mechanism of the log-in'),
  sasl_username: field('text', 'user who logged in'),
  user: field('text', 'POP3 user'),
  orig_client: field('text', 'address of the client that a content filter forwards the message for'),
  orig_queue_id: field('text', 'queue id before the content filter'),
  commands: field('commands', 'commands of the session by name; absent where Postfix logs none (before 3.0)'),
  stage: field('text', 'SMTP command or message part at which it happened, with what smtpd adds: DATA (1234 bytes)'),
  action: field('text', 'word that Postfix logged: reject, hold, warn, milter-reject, PASS OLD, PREGREET ...'),
  reason: field('reason', 'why the client was refused'),
  reason_text: field('text', 'the reason in the words of the log'),
  reply_code: field('whole', 'SMTP reply code'),
  enhanced_code: field('text', 'enhanced status code (RFC 3463)'),
  protocol: field('text', 'SMTP or ESMTP'),
  helo: field('text', 'name that the client gave in HELO'),
  relay: field('text', 'host that the message was handed to, or an address or a word in its place'),
  delay_ms: field('whole', 'time from arrival to delivery in ms'),
  status: field('text', 'word after status=: sent, deferred, bounced ...'),
  side: field(
    'side',
    'side of a line that is not counted: mail, pop3 or dns; absent where it says nothing about a server',
  ),
  program: field('text', 'program of a line that is not recognised'),
} as const satisfies Record<string, EventField>;
export type MailField = keyof typeof MAIL_FIELDS;

/** Fields that an event always has, and those that it has where the line has them; without a value they are `undefined`. */
interface Carried<F extends string> {
  readonly has: readonly F[];
  readonly may: readonly F[];
}

/** Fields of every mail event. */
export const MAIL_BASE = {
  has: ['time', 'host', 'service'],
  may: ['process_id'],
} as const satisfies Carried<MailField>;

function ofClient<const H extends readonly MailField[], const M extends readonly MailField[]>(
  doc: string,
  has: H,
  may: M,
) {
  return { doc, has: ['client_address', ...has], may: ['client_name', ...may] } as const;
}

/** Kinds of mail events, with the fields that each has beside the base. */
export const MAIL_KINDS = {
  connect: ofClient('smtpd: a session began', [], []),
  disconnect: ofClient('smtpd: a session ended', [], ['commands']),
  opened: ofClient(
    'smtpd `client=`: a message whose first recipient was accepted',
    [],
    ['queue_id', 'sasl_method', 'sasl_username', 'orig_client', 'orig_queue_id'],
  ),
  queued: { doc: 'cleanup `message-id=`: a queue file was made', has: ['queue_id'], may: [] },
  local_queued: { doc: 'pickup: a message submitted on the machine itself', has: ['queue_id', 'sender'], may: [] },
  bounce_queued: { doc: 'a bounce that the server makes', has: ['queue_id'], may: [] },
  active: {
    doc: 'qmgr `from=`: a mail exchange, each retry again',
    has: ['queue_id', 'sender', 'size_bytes', 'recipients'],
    may: [],
  },
  removed: { doc: 'qmgr: a message left the queue', has: ['queue_id'], may: [] },
  expired: { doc: 'qmgr: a message was in the queue for too long', has: ['queue_id', 'sender'], may: [] },
  delivery: {
    doc: 'delivery status of one recipient',
    has: ['queue_id', 'recipient', 'status', 'reason_text'],
    may: ['relay', 'delay_ms', 'enhanced_code'],
  },
  reject: ofClient(
    'a command, message or client was refused, or would have been',
    ['action', 'stage', 'reason', 'reason_text'],
    ['queue_id', 'reply_code', 'enhanced_code', 'sender', 'recipient', 'protocol', 'helo', 'sasl_username'],
  ),
  auth_failure: ofClient('a failed SASL log-in', ['reason', 'reason_text'], ['sasl_method', 'sasl_username']),
  lost_connection: ofClient('a session broke off', ['stage'], []),
  timeout: ofClient('a session ended by a time-out', ['stage'], []),
  too_many_errors: ofClient('a session ended for too many errors', ['stage'], []),
  protocol_error: ofClient(
    'pipelining, a non-SMTP command, a failed TLS handshake',
    ['reason', 'reason_text'],
    ['stage'],
  ),
  rate_limit: ofClient('connections or commands over a rate limit', ['reason', 'reason_text'], ['stage']),
  name_mismatch: ofClient('name and address of a client do not belong together', [], []),
  screen_connect: ofClient('postscreen: a client connected', [], ['client_port']),
  screen_pass: ofClient('postscreen: a client passed', ['action'], ['client_port']),
  screen_hit: ofClient('postscreen: a client failed a test', ['action', 'reason', 'reason_text'], ['client_port']),
  pop3_login: ofClient('a POP3 log-in', [], ['user']),
  pop3_failure: ofClient('a failed POP3 log-in', [], ['user']),
  pop3_logout: { doc: 'the end of a POP3 session', has: [], may: ['user'] },
  other: { doc: 'a line recognised that carries nothing that is counted', has: [], may: ['side'] },
  unrecognised: { doc: 'a line of a known form of envelope that no grammar takes', has: ['program'], may: ['side'] },
} as const satisfies Record<string, Carried<MailField> & { readonly doc: string }>;
export type MailKind = keyof typeof MAIL_KINDS;

/** Fields of DNS events. Their names are the names on the wire. */
export const DNS_FIELDS = {
  time: field('instant', 'when it happened, by the log'),
  resolver: field('text', 'host that logged the query; absent where the log does not say (a file of the DNS server)'),
  client_address: field('text', 'address that asked'),
  client_port: field('whole', 'port that asked'),
  id: field('whole', 'id of the DNS message'),
  qname: field('text', 'name asked for, without the final dot but for the root; absent in packet and flow records'),
  qtype: field('text', 'type asked for: A, MX, PTR ...'),
  qclass: field('text', 'class asked for: IN ...'),
  rcode: field('text', 'response code: NOERROR, NXDOMAIN, REFUSED ...'),
  transport: field('text', 'udp, tcp ... as logged'),
  direction: field('direction', 'query or response; a query and its response are two events'),
  view: field('text', 'view of the DNS server'),
} as const satisfies Record<string, EventField>;
export type DnsField = keyof typeof DNS_FIELDS;

/** Fields of every DNS event. */
export const DNS_BASE = {
  has: ['time', 'client_address', 'direction'],
  may: ['resolver', 'client_port', 'id', 'qname', 'qtype', 'qclass', 'rcode', 'transport', 'view'],
} as const satisfies Carried<DnsField>;

type FieldsOf<D extends Readonly<Record<string, EventField>>, H extends keyof D, M extends keyof D> = {
  readonly [F in H]: ValueOf[D[F]['type']];
} & { readonly [F in M]: ValueOf[D[F]['type']] | undefined };

type Base = FieldsOf<typeof MAIL_FIELDS, (typeof MAIL_BASE.has)[number], (typeof MAIL_BASE.may)[number]>;

/** Property names are the names on the wire. A field that the line does not carry is `undefined`. */
export type MailEvent = {
  [K in MailKind]: Base & { readonly kind: K } & FieldsOf<
      typeof MAIL_FIELDS,
      (typeof MAIL_KINDS)[K]['has'][number],
      (typeof MAIL_KINDS)[K]['may'][number]
    >;
}[MailKind];

export type DnsEvent = { readonly kind: 'dns' } & FieldsOf<
  typeof DNS_FIELDS,
  (typeof DNS_BASE.has)[number],
  (typeof DNS_BASE.may)[number]
>;

export type Event = MailEvent | DnsEvent;

/** An event with the identity of its line, as it goes from one program to another. */
export type Originated<E extends Event = Event> = E & {
  readonly origin: string;
  /** The line as it stood in the log, of an event that becomes a document of its own or that nobody recognises. */
  readonly original?: string | undefined;
};

/** A mail event of the kinds `K`. */
export type MailEventOf<K extends MailEvent['kind']> = Extract<MailEvent, { readonly kind: K }>;

/**
 * Why a record can never be counted. The last two are of records in Avro: it is not said, or nobody knows, by which
 * schema they were written; or they are no event by it.
 */
export const DEAD_REASONS = ['no_envelope', 'too_long', 'future', 'late', 'no_schema', 'unreadable'] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];
