import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { jsonObject, textAt } from '../support/analysis.js';
import type { KillPoint } from '../support/kill-points.js';
import { createRandom } from '../support/random.js';
import type { Random } from '../support/random.js';
import { readTopic, withAdmin } from '../support/kafka.js';
import { writeDisorder } from '../support/stream-logs.js';
import { Crew, STAGE_NAMES, expectedOf, newestOf, shipLogs, until } from '../support/stream-run.js';
import type { StageName, StreamSite } from '../support/stream-run.js';
import { expectSame, startSuite } from '../support/stream-suite.js';
import type { StreamSuite } from '../support/stream-suite.js';

const TIMEOUT_MS = 240_000;
const KILLS = 30;

let suite: StreamSuite;
beforeAll(async () => {
  suite = await startSuite();
}, START_TIMEOUT_MS);
afterAll(() => suite.stop(), START_TIMEOUT_MS);

/** A minute of it is over after three seconds, so that there are snapshots. */
const FAST_CLOCK = { MXWARDEN_TEST_CLOCK_RATE: '20' };

/** A process for each stage, of which one ends at a point; it is started again each time. */
function crewWith(site: StreamSite, stage: StageName, point: KillPoint, counts: readonly number[]): Crew {
  const crew = new Crew(site);
  // What is noted before it is out shows only where that is soon.
  const clock = point === 'snapshot' || point === 'outputs' ? FAST_CLOCK : {};
  for (const each of STAGE_NAMES) {
    const options = counts.map((count) => ({
      environment: { ...clock, MXWARDEN_TEST_KILL: `${point}:${String(count)}` },
    }));
    crew.hire([each], ...(each === stage ? [...options, { environment: clock }] : []));
  }
  return crew;
}

test.each<readonly [what: string, stage: StageName, point: KillPoint, counts: readonly number[]]>([
  ['before the last contributions of a chunk', 'aggregate', 'chunk', [1, 2]],
  ['between contributions and mark', 'aggregate', 'marks', [1, 3, 2]],
  ['between mark and commit', 'aggregate', 'commit', [1, 1, 2]],
  ['between outputs and commit', 'correlate', 'commit', [1, 2, 1]],
  ['before outputs', 'correlate', 'outputs', [1, 3, 2]],
  ['while a snapshot is written', 'correlate', 'snapshot', [1, 2]],
  ['between bulk and commit', 'index', 'commit', [1, 1, 2]],
])(
  'kill -9 %s',
  async (_what, stage, point, counts) => {
    const site = await suite.site();
    const crew = crewWith(site, stage, point, counts);
    await crew.finish();

    // One that is started again when all is done has no point to end at.
    expect(crew.kills).toBeGreaterThan(0);
    await expectSame(site, suite.expected);
  },
  TIMEOUT_MS,
);

test(
  `${String(KILLS)} kills at random moments`,
  async () => {
    const seed = Number(process.env['MXWARDEN_TEST_SEED'] ?? Date.now() % 1_000_000);
    process.stdout.write(`seed of the kills: MXWARDEN_TEST_SEED=${String(seed)}\n`);
    const random = createRandom(seed);
    // Where all is done before so many were killed, all is done once more.
    for (let kills = 0; kills < KILLS;) kills += await killAtRandom(random, KILLS - kills);
  },
  2 * TIMEOUT_MS,
);

/** Kills processes at work until they are through, or so many were killed; how many. */
async function killAtRandom(random: Random, atMost: number): Promise<number> {
  const site = await suite.site();
  const crew = new Crew(site);
  const clock = { environment: FAST_CLOCK };
  for (const stage of STAGE_NAMES) crew.hire([stage], stage === 'correlate' ? clock : {});
  crew.hire(STAGE_NAMES, clock);
  while (crew.kills < atMost && crew.isAtWork) {
    await pause(200 + random(1300));
    crew.kill(random(crew.running.length));
  }
  await crew.finish();

  process.stdout.write(`${String(crew.kills)} kills\n`);
  await expectSame(site, suite.expected);
  return crew.kills;
}

/** Ends at the `count`th time that it is about to send documents, with a snapshot, which may be a damaged one. */
const leaveAt = (count: number, environment = {}): { environment: Record<string, string> } => ({
  environment: { MXWARDEN_TEST_KILL: `outputs:${String(count)}`, MXWARDEN_TEST_SIGNAL: 'SIGTERM', ...environment },
});
const DAMAGE = { MXWARDEN_TEST_DAMAGE: 'yes' };

test.each([
  ['a snapshot is gone on from', [leaveAt(1), leaveAt(1)], false],
  ['the only snapshot is damaged', [leaveAt(2, DAMAGE)], true],
  ['the newest snapshot is damaged', [leaveAt(1), leaveAt(1, DAMAGE)], true],
])(
  '%s',
  async (_what, leaving, isDamaged) => {
    const site = await suite.site();
    const crew = new Crew(site);
    crew.hire(['aggregate']);
    crew.hire(['correlate'], ...leaving, {});
    crew.hire(['index']);
    await crew.finish();

    expect((await readTopic(site.kafka, site.topics.snapshots)).length).toBeGreaterThan(0);
    expect(crew.log.includes('A snapshot is damaged or gone')).toBe(isDamaged);
    await expectSame(site, suite.expected);
  },
  TIMEOUT_MS,
);

const hasDocuments = async (site: StreamSite): Promise<boolean> =>
  (await newestOf(site.kafka, site.topics.correlations)).size > 0;

async function membersOf({ kafka, group }: StreamSite): Promise<number> {
  const { groups } = await withAdmin(kafka, (admin) =>
    admin.describeGroups(STAGE_NAMES.map((stage) => `${group}.${stage}`)),
  );
  return groups.reduce((sum, { members }) => sum + members.length, 0);
}

test(
  'a process that stands still for longer than its session lasts',
  async () => {
    const site = await suite.site();
    const crew = new Crew(site);
    crew.hire(STAGE_NAMES);
    await until('something is written', () => hasDocuments(site));
    const [sleeper] = crew.running;
    sleeper?.child.kill('SIGSTOP');
    crew.hire(STAGE_NAMES);
    await until('all its members are out', async () => (await membersOf(site)) === STAGE_NAMES.length);
    sleeper?.child.kill('SIGCONT');
    await crew.finish();

    await expectSame(site, suite.expected);
  },
  TIMEOUT_MS,
);

test(
  'a process that stands still until another one has done all',
  async () => {
    const site = await suite.site();
    const crew = new Crew(site);
    crew.hire(STAGE_NAMES, { environment: { MXWARDEN_TEST_KILL: 'marks:2', MXWARDEN_TEST_SIGNAL: 'SIGSTOP' } });
    const [sleeper] = crew.running;
    const marks = (): Promise<boolean> =>
      readTopic(site.kafka, site.topics.partials).then((records) => records.length > 0);
    await until('it has begun', marks);
    crew.hire(STAGE_NAMES);
    await until('the other one has done all', () => crew.running[1] === undefined, TIMEOUT_MS);
    sleeper?.child.kill('SIGCONT');
    await crew.finish();

    await expectSame(site, suite.expected);
  },
  TIMEOUT_MS,
);

test(
  'late, future and poison records are dead letters once, in spite of disorder and a kill',
  async () => {
    const folder = join(suite.folder, 'disorder');
    const files = await writeDisorder(folder);
    const site = await suite.site({ topics: { mail_events: 'disorder-mail', dns_events: 'disorder-dns' } });
    const expected = await expectedOf(files, site.config);
    expect(expected.deadLetters).toHaveLength(12);
    await sendPoison(site);
    await shipLogs(site, files);
    await sendPoison(site);
    const crew = crewWith(site, 'aggregate', 'commit', [1, 1]);
    await crew.finish();

    await expectSame(site, expected);
    const letters = new Map(
      (await readTopic(site.kafka, site.topics.dead_letters)).map(({ key, value }) => [
        String(key),
        jsonObject(String(value)),
      ]),
    );
    const poison = [...letters.keys()].filter((id) => id.startsWith('disorder-'));
    expect(poison).toHaveLength(4 * POISON.length);
    const origins = expected.deadLetters.map((letter) => textAt(letter, 'origin'));
    expect([...letters.keys()].sort()).toEqual([...origins, ...poison].sort());
    for (const letter of expected.deadLetters)
      expect(letters.get(textAt(letter, 'origin'))).toMatchObject({ reason: textAt(letter, 'reason') });
  },
  TIMEOUT_MS,
);

const POISON = [
  Buffer.from('no Avro'),
  Buffer.alloc(0),
  Buffer.from([0xc3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
  Buffer.from([0, 0, 0, 0, 9, 1]),
];

async function sendPoison({ kafka, topics }: StreamSite): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const topic of [topics.mail_events, topics.dns_events])
    await producer.send({ topic, messages: POISON.map((value, partition) => ({ value, partition })) });
  await producer.disconnect();
}

test(
  'the broker is killed and comes back',
  async () => {
    const site = await suite.site();
    const crew = new Crew(site);
    for (const stage of STAGE_NAMES) crew.hire([stage]);
    await until('something is written', () => hasDocuments(site));
    await suite.kafka.kill();
    await until('all have noticed', () => crew.running.every((each) => each?.log().includes('ECONNREFUSED') ?? true));
    await suite.kafka.start();
    await crew.finish();

    await expectSame(site, suite.expected);
  },
  TIMEOUT_MS,
);

/** Moments are what is random here. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
