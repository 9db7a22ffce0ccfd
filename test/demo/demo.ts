// `npm run demo`: plays the recorded half hour of a mail server into Kafka, faster than it was, and shows what mxwarden makes
// of it as it comes. Everything is started here and gone afterwards.
import { mkdtemp, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventEncoder } from '../../src/avro/events.js';
import type { AnyEvent } from '../../src/avro/events.js';
import { kafkaClientConfig } from '../../src/commands/kafka.js';
import { KafkaSink } from '../../src/commands/kafka-sink.js';
import { runStream } from '../../src/commands/stream.js';
import type { StreamOptions } from '../../src/commands/stream.js';
import { loadConfig } from '../../src/config/load.js';
import { createClient } from '../../src/kafka/client.js';
import { findElasticsearch } from '../servers/elasticsearch.js';
import { findKafka } from '../servers/kafka.js';
import { freePorts } from '../servers/ports.js';
import { printedBySetup } from '../support/setup.js';
import { HOST, moved, recordedEvents } from './recording.js';
import { Told } from './told.js';

/** The recording takes 28 minutes; so it takes two. */
const DEFAULT_SPEED = '14';
/** How often events are sent that are due. */
const STEP_MS = 100;

const { values } = parseArgs({ options: { speed: { type: 'string', default: DEFAULT_SPEED } } });
const speed = Number(values.speed);
if (!(speed > 0)) {
  process.stderr.write(`--speed: ${values.speed} is no number above 0, such as ${DEFAULT_SPEED}\n`);
  process.exit(2);
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted.abort();
  });

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

say('Starting Kafka and Elasticsearch; the first time they are downloaded.');
const [kafkaServer, elasticsearchServer] = await Promise.all([findKafka(), findElasticsearch()]);
const folder = await mkdtemp(join(tmpdir(), 'mxwarden-demo-'));
try {
  await demo();
} finally {
  await Promise.all([kafkaServer.stop(), elasticsearchServer.stop()]);
  await rm(folder, { recursive: true });
}

async function demo(): Promise<void> {
  const [port = 0] = await freePorts(1);
  // A Kafka that the environment names may have the topics of another demonstration.
  const name = `mxwarden-demo-${Date.now()}`;
  const topics = Object.fromEntries(
    'mail_events dns_events partials snapshots correlations clients alerts rejections dead_letters'
      .split(' ')
      .map((topic) => [topic, `${name}.${topic}`]),
  );
  const settings = {
    timezone: 'UTC',
    windows: ['30s', '1h', '1d'],
    // A window is final half a minute after its end, so that its result is seen before all is over.
    allowed_lateness: '30s',
    recipients: 'address',
    servers: [{ id: HOST, addresses: ['127.0.0.1'], own_networks: ['127.0.0.1/32', '127.0.6.0/24'] }],
    kafka: { brokers: [kafkaServer.address], topics, partitions: { events: 2, partials: 2, results: 1 } },
    elasticsearch: { nodes: [elasticsearchServer.address] },
    stream: { group: name, listen: `127.0.0.1:${port}` },
  };
  const file = join(folder, 'mxwarden.yaml');
  const log = join(folder, 'stream.log');
  await writeFile(file, JSON.stringify(settings, undefined, 2));
  const surroundings = { machineTimezone: 'UTC', environment: process.env };
  await printedBySetup(settings, { environment: process.env });
  say(
    `Kafka ${kafkaServer.address}, topics ${name}.*; Elasticsearch ${elasticsearchServer.address}/mxwarden-correlation/_search`,
  );
  say(`Metrics http://127.0.0.1:${port}/metrics, health http://127.0.0.1:${port}/readyz; settings ${file}, log ${log}`);

  const { kafka: kafkaSettings } = await loadConfig({ name: file, text: JSON.stringify(settings) }, {}, 'UTC');
  if (kafkaSettings === undefined) throw new TypeError('The settings have no Kafka.');
  const stream = (options: StreamOptions, signal: AbortSignal): Promise<void> =>
    runStream(
      { ...options, config: file },
      {
        ...surroundings,
        version: 'demo',
        node: 'demo',
        writeLog: (line) => void appendFile(log, line),
        onReload: () => undefined,
        signal,
      },
    );

  const told = new Told();
  const kafka = createClient({ settings: kafkaSettings, secret: undefined, tls: {} }, { log: () => undefined });
  const consumer = kafka.consumer({ groupId: `${name}.shown`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({
    topics: [kafkaSettings.topics.correlations, kafkaSettings.topics.alerts],
    fromBeginning: true,
  });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const document: unknown = JSON.parse(String(message.value));
      const line = told.lineOf(document);
      if (line !== undefined) say(line);
    },
  });

  const live = new AbortController();
  const onInterrupt = (): void => {
    live.abort();
  };
  interrupted.signal.addEventListener('abort', onInterrupt);
  const running = stream({}, live.signal);
  const sink = await KafkaSink.open(
    { mail: kafkaSettings.topics.mail_events, dns: kafkaSettings.topics.dns_events },
    await kafkaClientConfig(kafkaSettings, process.env),
    { tell: say },
  );
  try {
    const count = await Promise.race([play(sink), running.then(() => 0)]);
    say(`${count} events were sent${interrupted.signal.aborted ? ' until it was interrupted' : ''}.`);
    live.abort();
    await running;
    if (!interrupted.signal.aborted) {
      say('Nothing more comes: what is left is counted to its end.');
      await stream({ bounded: true }, interrupted.signal);
    }
  } finally {
    live.abort();
    await running.catch(() => undefined);
    await sink.close();
    // Who shows results reads them from Kafka as well, so the last ones may be under way.
    await sleep(1000, undefined, { signal: interrupted.signal }).catch(() => undefined);
    await consumer.disconnect();
  }
  say(told.summary());
}

/** Sends the recording's events as if it ended now, when each is due; how many. */
async function play(sink: KafkaSink<'mail' | 'dns'>): Promise<number> {
  const events = recordedEvents();
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('The recording is empty.');
  const startMs = Date.now();
  const lengthMs = last.time - first.time;
  // Times go faster than the clock, and meet it at the end: an event of the future would be a dead letter.
  const byMs = Math.round(startMs + lengthMs / speed - last.time);
  say(`Playing ${events.length} events of ${Math.round(lengthMs / 60_000)} minutes, ${speed} times as fast.`);
  const encoder = new EventEncoder();
  let next = 0;
  while (next < events.length && !interrupted.signal.aborted) {
    const dueMs = first.time + (Date.now() - startMs) * speed;
    const due: AnyEvent[] = [];
    for (let event = events[next]; event !== undefined && event.time <= dueMs; event = events[next]) {
      due.push(moved(event, byMs));
      next += 1;
    }
    await sink.send(
      due.map((event) => ({
        outlet: event.kind === 'dns' ? ('dns' as const) : ('mail' as const),
        key: event.kind === 'dns' ? (event.resolver ?? HOST) : event.host,
        value: encoder.encode(event),
      })),
    );
    await sleep(STEP_MS, undefined, { signal: interrupted.signal }).catch(() => undefined);
  }
  return next;
}
