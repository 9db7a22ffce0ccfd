import type { AnyEvent } from '../../src/avro/events.js';
import type { Ms } from '../../src/core/event.js';
import { partitionOf } from '../../src/kafka/murmur2.js';
import { commands } from '../support/events.js';
import { createRandom } from '../support/random.js';
import type { Random } from '../support/random.js';

/** Of each topic of events; there is a server, and a resolver, for each. */
export const PARTITIONS = 4;
const CLIENTS = 4096;
const SEED = 5;
/** How far behind the newest one an event may be, as events of several programs are. */
const DISORDER_MS = 2000;
const DELIVERED = commands({ ehlo: 2, starttls: 1, mail: 1, rcpt: 1, data: 1, quit: 1 });
const REFUSED = commands({ ehlo: 1, mail: 1, rcpt_failed: 1, quit: 1 });
const ZONES = ['blocklist-combined.example', 'reputation-of-addresses.example'];

interface Site {
  readonly id: string;
  readonly host: string;
  readonly address: string;
  readonly resolver: string;
}

interface Client {
  readonly address: string;
  readonly name: string;
  readonly domain: string;
}

/** The mail servers, each in a partition of its own, as is the resolver that it asks. */
export const SITES: readonly Site[] = Array.from({ length: PARTITIONS }, (_, partition) => ({
  id: `mx${partition}`,
  host: nameIn(partition, 'mx', 'frankfurt.mail.example.net'),
  address: `192.0.2.${10 + partition}`,
  resolver: nameIn(partition, 'resolver', 'frankfurt.infra.example.net'),
}));

function nameIn(partition: number, word: string, domain: string): string {
  for (let number = 0; ; number += 1) {
    const name = `${word}${number}.${domain}`;
    if (partitionOf(Buffer.from(name), PARTITIONS) === partition) return name;
  }
}

/** Without an end, what servers, resolvers and thousands of clients do: an event each `stepMs`, nearly in order. */
export function* traffic(startMs: Ms, stepMs: Ms): Generator<AnyEvent, never> {
  const random = createRandom(SEED);
  const clients = Array.from({ length: CLIENTS }, (_, number) => clientOf(number, random));
  for (let count = 0; ;) {
    // Some clients come much more often than others.
    const client = clients[Math.floor((random(CLIENTS) * random(CLIENTS)) / CLIENTS)];
    const site = SITES[random(PARTITIONS)];
    if (client === undefined || site === undefined) continue;
    const session = new Session(site, client, random);
    for (const make of session.steps()) {
      const timeMs = startMs + Math.floor(count * stepMs) - random(DISORDER_MS);
      yield make(timeMs, `/var/log/remote/${site.host}/mail.log:5f3a9c12e4b07d68:${count * 170}`);
      count += 1;
    }
  }
}

function clientOf(number: number, random: Random): Client {
  const [high, low] = [number >> 8, number & 0xff];
  const domain = `customers-${number % 997}.hosting-provider.example`;
  return number % 4 === 0
    ? {
        address: `2001:db8:${high.toString(16)}:${low.toString(16)}::${random(65536).toString(16)}`,
        name: 'unknown',
        domain,
      }
    : { address: `203.0.${high}.${low}`, name: `static-203-0-${high}-${low}.broadband.dynamic-pool.${domain}`, domain };
}

type Make = (time: Ms, origin: string) => AnyEvent;

/** One session of a client with a server, and what the server asks its resolver for its sake. */
class Session {
  private readonly queueId: string;
  private readonly processId: number;

  constructor(
    private readonly site: Site,
    private readonly client: Client,
    private readonly random: Random,
  ) {
    this.queueId = `4bQ${random(0x7fffffff).toString(36)}z${random(1 << 20).toString(36)}`;
    this.processId = 1000 + random(60_000);
  }

  steps(): readonly Make[] {
    const { random, client } = this;
    const reversed = client.address.split(/[.:]+/).reverse().join('.');
    const queries = [
      this.query(`${reversed}.in-addr.arpa`, 'PTR'),
      ...ZONES.map((zone) => this.query(`${reversed}.${zone}`, 'A')),
    ];
    if (random(4) === 0) return [this.connect, ...queries, this.reject, this.disconnect(REFUSED)];
    return [
      ...[this.connect, ...queries, this.opened, this.queued],
      ...[this.query(`selector1-${client.domain.replaceAll('.', '-')}._domainkey.${client.domain}`, 'TXT')],
      ...[this.active, this.delivery, this.delivery, this.disconnect(DELIVERED), this.removed],
    ];
  }

  private query(qname: string, qtype: string): Make {
    const { site, random } = this;
    return (time, origin) => ({
      kind: 'dns',
      time,
      resolver: site.resolver,
      client_address: site.address,
      client_port: 1024 + random(60_000),
      id: random(65_536),
      qname,
      qtype,
      qclass: 'IN',
      rcode: undefined,
      transport: 'udp',
      direction: 'query',
      view: undefined,
      origin,
    });
  }

  private readonly connect: Make = (time, origin) => ({
    kind: 'connect',
    time,
    host: this.site.host,
    service: 'postfix/smtpd',
    process_id: this.processId,
    client_address: this.client.address,
    client_name: this.client.name,
    origin,
  });

  private readonly opened: Make = (time, origin) => ({
    kind: 'opened',
    time,
    host: this.site.host,
    service: 'postfix/smtpd',
    process_id: this.processId,
    client_address: this.client.address,
    client_name: this.client.name,
    queue_id: this.queueId,
    sasl_method: undefined,
    sasl_username: undefined,
    orig_client: undefined,
    orig_queue_id: undefined,
    origin,
  });

  private readonly queued: Make = (time, origin) => ({
    kind: 'queued',
    time,
    host: this.site.host,
    service: 'postfix/cleanup',
    process_id: this.processId,
    queue_id: this.queueId,
    origin,
  });

  private readonly active: Make = (time, origin) => ({
    kind: 'active',
    time,
    host: this.site.host,
    service: 'postfix/qmgr',
    process_id: this.processId,
    queue_id: this.queueId,
    sender: this.sender(),
    size_bytes: 5000 + this.random(100_000),
    recipients: 1,
    origin,
  });

  private readonly delivery: Make = (time, origin) => ({
    kind: 'delivery',
    time,
    host: this.site.host,
    service: 'postfix/smtp',
    process_id: this.processId,
    queue_id: this.queueId,
    recipient: this.recipient(),
    relay: 'mailstore-backend-7.frankfurt.mail.example.net[192.0.2.77]:10025',
    delay_ms: this.random(30_000),
    enhanced_code: '2.0.0',
    status: 'sent',
    reason_text: `250 2.0.0 Ok: queued as ${this.queueId} (delivered to the mailbox store, 1 recipient, no filter matched)`,
    origin,
  });

  private readonly removed: Make = (time, origin) => ({
    kind: 'removed',
    time,
    host: this.site.host,
    service: 'postfix/qmgr',
    process_id: this.processId,
    queue_id: this.queueId,
    origin,
  });

  private readonly reject: Make = (time, origin) => {
    const { site, client, processId } = this;
    const [sender, recipient] = [this.sender(), this.recipient()];
    const reason = `<${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`;
    const envelope = `from=<${sender}> to=<${recipient}> proto=ESMTP helo=<${client.name}>`;
    const said = `NOQUEUE: reject: RCPT from ${client.name}[${client.address}]: 550 5.1.1 ${reason}; ${envelope}`;
    return {
      kind: 'reject',
      time,
      host: site.host,
      service: 'postfix/smtpd',
      process_id: processId,
      client_address: client.address,
      client_name: client.name,
      action: 'reject',
      stage: 'RCPT',
      reason: 'user_unknown',
      reason_text: reason,
      queue_id: undefined,
      reply_code: 550,
      enhanced_code: '5.1.1',
      sender,
      recipient,
      protocol: 'ESMTP',
      helo: client.name,
      sasl_username: undefined,
      origin,
      original: `${new Date(time).toISOString()} ${site.host} postfix/smtpd[${processId}]: ${said}`,
    };
  };

  private disconnect(said: typeof DELIVERED): Make {
    return (time, origin) => ({
      kind: 'disconnect',
      time,
      host: this.site.host,
      service: 'postfix/smtpd',
      process_id: this.processId,
      client_address: this.client.address,
      client_name: this.client.name,
      commands: said,
      origin,
    });
  }

  private sender(): string {
    return `bounces+${this.random(1e9)}-newsletter=example.net@${this.client.domain}`;
  }

  private recipient(): string {
    return `firstname.lastname${this.random(5000)}@department-${this.random(40)}.example.net`;
  }
}
