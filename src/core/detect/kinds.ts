/** The three models of the paper: known patterns, deviations from a baseline, and DNS against SMTP. */
export const CATEGORIES = ['signature', 'anomaly', 'protocol'] as const;
export type Category = (typeof CATEGORIES)[number];

export const SEVERITIES = ['low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface KindDeclaration {
  readonly category: Category;
  readonly severity: Severity;
  readonly name: string;
  readonly doc: string;
  readonly advice: string;
}

/** What can be wrong with a server, with what a postmaster is told to do about it. */
export const KINDS = {
  address_harvest: {
    category: 'signature',
    severity: 'medium',
    name: 'Address harvest',
    doc: 'one client tries many recipients that do not exist',
    advice: 'refuse the client before it can name recipients',
  },
  auth_flood: {
    category: 'signature',
    severity: 'medium',
    name: 'Password guessing',
    doc: 'one client fails to log in again and again, to send mail or to read it',
    advice: 'refuse the client, and look whether one of its attempts succeeded',
  },
  relay_probe: {
    category: 'signature',
    severity: 'low',
    name: 'Relay probe',
    doc: 'one client tries to relay to foreign domains and delivers nothing',
    advice: 'nothing was relayed; refuse the client if it goes on',
  },
  distributed_dictionary: {
    category: 'signature',
    severity: 'medium',
    name: 'Distributed dictionary attack',
    doc: 'many clients that deliver nothing try recipients that do not exist, each but once or twice',
    advice: 'no single client to block: use postscreen with DNS block lists, or lower smtpd_hard_error_limit',
  },
  removed_accounts: {
    category: 'signature',
    severity: 'low',
    name: 'Mail to removed accounts',
    doc: 'a few recipients that do not exist are written to again and again, mostly by clients whose other mail is accepted',
    advice: 'tell the senders where the recipients went (relocated_maps), or answer 550 for good; do not block',
  },
  misconfigured_client: {
    category: 'signature',
    severity: 'low',
    name: 'Misconfigured client',
    doc: 'an own host or partner is refused again and again',
    advice: 'ask its operator to mend it; do not block',
  },
  connect_flood: {
    category: 'anomaly',
    severity: 'medium',
    name: 'Connection flood',
    doc: 'one client opens sessions in which nothing happens',
    advice: 'limit the client (smtpd_client_connection_rate_limit), or refuse it at postscreen or the firewall',
  },
  single_client_flood: {
    category: 'protocol',
    severity: 'high',
    name: 'One client drives the load',
    doc: 'one client makes most sessions; MEE falls, and is back to normal without it',
    advice: 'refuse or limit the client',
  },
  backscatter: {
    category: 'anomaly',
    severity: 'medium',
    name: 'Backscatter',
    doc: 'bounces of mail that this server never sent',
    advice: 'somebody forges your domain: reject bounces to addresses that do not send (BATV), publish SPF and DMARC',
  },
  outbound_mass_mailing: {
    category: 'anomaly',
    severity: 'high',
    name: 'Outbound mass mailing',
    doc: 'one user sends far more than is usual',
    advice: 'hold the mail, and ask whether somebody broke into the account',
  },
  deferral_storm: {
    category: 'anomaly',
    severity: 'high',
    name: 'Deferral storm',
    doc: 'the queue grows: mail comes in faster than it can be delivered',
    advice: 'look at the deferred destinations (qshape deferred) and at the reasons in the log',
  },
  pop3_storm: {
    category: 'anomaly',
    severity: 'medium',
    name: 'POP3 storm',
    doc: 'far more POP3 sessions than usual',
    advice: 'look for a client that polls too often, or guesses passwords',
  },
  dns_only_surge: {
    category: 'protocol',
    severity: 'medium',
    name: 'DNS queries without mail',
    doc: 'the server asks DNS far more than its mail explains',
    advice: 'look for another program on the mail server that asks DNS: an analysis of logs, a scanner, malware',
  },
  coefficient_drop: {
    category: 'protocol',
    severity: 'low',
    name: 'Fewer DNS queries per session',
    doc: 'sessions and DNS queries rise, but fewer queries belong to a session than usual',
    advice: 'look at the top clients: sessions that go no further than connecting need two queries each',
  },
  efficiency_drop: {
    category: 'protocol',
    severity: 'medium',
    name: 'Mail exchanging efficiency fell',
    doc: 'MEE falls while DNS queries rise',
    advice: 'look at the rejections and the top clients of the window',
  },
  source_silent: {
    category: 'anomaly',
    severity: 'low',
    name: 'A log fell silent',
    doc: 'one of the logs has had no event for longer than it ever had before',
    advice:
      'if it was not cut off there on purpose, look whether the program runs and its log still arrives; until then there are no verdicts that need it',
  },
  infected_host: {
    category: 'protocol',
    severity: 'high',
    name: 'Host that asks DNS like a mail server',
    doc: 'a DNS client that is no mail server asks for the mail exchangers of many domains',
    advice: 'look at this host: it may send mail by itself, as mass-mailing worms do',
  },
  dns_server_flood: {
    category: 'anomaly',
    severity: 'medium',
    name: 'DNS server under load',
    doc: 'a DNS server is asked, or refuses, far more than usual',
    advice: 'limit or refuse the client at the DNS server',
  },
} as const satisfies Record<string, KindDeclaration>;
export type Kind = keyof typeof KINDS;
