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

/** What every line of a mail daemon carries. `service` is the syslog tag without the process id. */
interface Base {
  readonly time: Ms;
  readonly host: string;
  readonly service: string;
  readonly process_id: number | undefined;
}

interface Client {
  /** As logged, `unknown` where the name look-up failed; absent where the daemon logs addresses only. */
  readonly client_name: string | undefined;
  /** As logged, without an `IPv6:` prefix; `unknown` where Postfix had no address. */
  readonly client_address: string;
}

/** `stage` is the SMTP command at which the session ended, with what smtpd adds: `DATA (1234 bytes)`. */
interface BrokenOff extends Client {
  readonly stage: string;
}

interface Misbehaved extends Client {
  readonly stage: string | undefined;
  readonly reason: Reason;
  readonly reason_text: string;
}

/** Property names are the names on the wire. A field that the line does not carry is `undefined`. */
export type MailEvent = Base &
  (
    | ({ readonly kind: 'connect' } & Client)
    | ({
        readonly kind: 'disconnect';
        /** `undefined` where Postfix logs none (before 3.0). */
        readonly commands: Commands | undefined;
      } & Client)
    | ({
        readonly kind: 'opened';
        /** `undefined` for a `NOQUEUE: client=` line (a proxy filter in front of the queue). */
        readonly queue_id: string | undefined;
        readonly sasl_method: string | undefined;
        readonly sasl_username: string | undefined;
        /** The address of the client that a content filter forwards the message for. */
        readonly orig_client: string | undefined;
        readonly orig_queue_id: string | undefined;
      } & Client)
    | { readonly kind: 'queued'; readonly queue_id: string }
    | { readonly kind: 'local_queued'; readonly queue_id: string; readonly sender: string }
    | { readonly kind: 'bounce_queued'; readonly queue_id: string }
    | {
        readonly kind: 'active';
        readonly queue_id: string;
        /** Empty for a bounce. */
        readonly sender: string;
        readonly size_bytes: number;
        readonly recipients: number;
      }
    | { readonly kind: 'removed'; readonly queue_id: string }
    | { readonly kind: 'expired'; readonly queue_id: string; readonly sender: string }
    | {
        readonly kind: 'delivery';
        readonly queue_id: string;
        readonly recipient: string;
        readonly relay: string | undefined;
        readonly delay_ms: number | undefined;
        readonly enhanced_code: string | undefined;
        /** The word after `status=`. */
        readonly status: string;
        readonly reason_text: string;
      }
    | ({
        readonly kind: 'reject';
        readonly queue_id: string | undefined;
        /** The word that Postfix logged: `reject`, `discard`, `hold`, `warn`, `milter-reject`, `reject_warning` ... */
        readonly action: string;
        /** The SMTP command or message part at which it happened: `RCPT`, `DATA`, `END-OF-MESSAGE`, `header` ... */
        readonly stage: string;
        readonly reply_code: number | undefined;
        readonly enhanced_code: string | undefined;
        readonly reason: Reason;
        readonly reason_text: string;
        readonly sender: string | undefined;
        readonly recipient: string | undefined;
        readonly protocol: string | undefined;
        readonly helo: string | undefined;
        readonly sasl_username: string | undefined;
      } & Client)
    | ({
        readonly kind: 'auth_failure';
        readonly sasl_method: string | undefined;
        readonly sasl_username: string | undefined;
        readonly reason: Reason;
        readonly reason_text: string;
      } & Client)
    | ({ readonly kind: 'lost_connection' } & BrokenOff)
    | ({ readonly kind: 'timeout' } & BrokenOff)
    | ({ readonly kind: 'too_many_errors' } & BrokenOff)
    | ({ readonly kind: 'protocol_error' } & Misbehaved)
    | ({ readonly kind: 'rate_limit' } & Misbehaved)
    | ({ readonly kind: 'name_mismatch' } & Client)
    | ({ readonly kind: 'screen_connect'; readonly client_port: number | undefined } & Client)
    | ({
        readonly kind: 'screen_pass';
        /** The words that postscreen logged: `PASS OLD`, `PASS NEW`, `ALLOWLISTED` ... */
        readonly action: string;
        readonly client_port: number | undefined;
      } & Client)
    | ({
        readonly kind: 'screen_hit';
        /** The words that postscreen logged: `PREGREET`, `DNSBL`, `HANGUP`, `NON-SMTP COMMAND` ... */
        readonly action: string;
        readonly client_port: number | undefined;
        readonly reason: Reason;
        readonly reason_text: string;
      } & Client)
    | ({ readonly kind: 'pop3_login'; readonly user: string | undefined } & Client)
    | ({ readonly kind: 'pop3_failure'; readonly user: string | undefined } & Client)
    | { readonly kind: 'pop3_logout'; readonly user: string | undefined }
    /** Recognised, and carries nothing that is counted; no side where it says nothing about a server, as a kernel's line. */
    | { readonly kind: 'other'; readonly side: Side | undefined }
    /** A line of a known form of envelope that no grammar takes; no side where the program is not one of ours. */
    | { readonly kind: 'unrecognised'; readonly side: Side | undefined; readonly program: string }
  );

export interface DnsEvent {
  readonly kind: 'dns';
  readonly time: Ms;
  /** The host that logged the query; `undefined` where the log does not say (a DNS server's own file). */
  readonly resolver: string | undefined;
  readonly client_address: string;
  readonly client_port: number | undefined;
  readonly id: number | undefined;
  /** Absent in packet and flow records, and where a server does not log it. Without the final dot, but for the root's. */
  readonly qname: string | undefined;
  readonly qtype: string | undefined;
  readonly qclass: string | undefined;
  readonly rcode: string | undefined;
  readonly transport: string | undefined;
  readonly direction: 'query' | 'response';
  readonly view: string | undefined;
}

export type Event = MailEvent | DnsEvent;

/** A mail event of the kinds `K`. */
export type MailEventOf<K extends MailEvent['kind']> = Extract<MailEvent, { readonly kind: K }>;

/** Why a record can never be counted. */
export const DEAD_REASONS = ['no_envelope', 'too_long', 'future', 'late'] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];
