import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedJdks, oldestJdk } from '../servers/java.js';
import { assemble } from '../servers/maven.js';
import { RESULTS, SCHEMA_FILES, streamConfig } from './stream-topics.js';
import type { EventSet } from './stream-topics.js';

const JAVA = 17;
const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');
const TYPESCRIPT = ['--import', join(ROOT, 'test', 'support', 'typescript.js')];
const STREAMS_SOURCE = join(import.meta.dirname, 'kafka-streams', 'CountByHost.java');

const run = promisify(execFile);

/** Where programs find their events, and may put files. */
export interface Place {
  readonly address: string;
  readonly folder: string;
}

/** A program that reads a set of events to its end. */
export interface Contestant {
  readonly name: string;
  /** `id` is a name that no other run has. */
  readonly commandOf: (set: EventSet, id: string) => Promise<readonly string[]>;
}

export function requireBuild(): void {
  if (!existsSync(MAIN)) throw new Error('There is no build to measure: run npm run build.');
}

export async function aggregateCommand(
  { address, folder }: Place,
  { topics }: EventSet,
  group: string,
): Promise<readonly string[]> {
  const file = join(folder, `${group}.yaml`);
  await writeFile(file, streamConfig({ address, group, topics }));
  const options = ['--stages', 'aggregate', '--bounded', '--from', 'earliest'];
  return [process.execPath, MAIN, 'stream', '--config', file, ...options];
}

export const FLOOR = 'kafkajs and avsc: the floor';
export const AGGREGATE = 'mxwarden aggregate';
export const STREAMS = 'Kafka Streams';

export async function contestants(place: Place): Promise<readonly Contestant[]> {
  const { address, folder } = place;
  const reader = join(import.meta.dirname, 'stream-reader.ts');
  const read =
    (way: string): Contestant['commandOf'] =>
    ({ events, topics }, id) =>
      Promise.resolve([process.execPath, ...TYPESCRIPT, reader, way, address, id, String(events), ...topics]);
  const java = await compileStreams(folder);
  const streams =
    (fields: string): Contestant['commandOf'] =>
    ({ events, topics }, id) => {
      const inputs = topics.map((topic, index) => `${topic}=${SCHEMA_FILES[index] ?? ''}`);
      const given = [address, id, join(folder, id), RESULTS.correlations, String(events), fields];
      return Promise.resolve([...java, ...given, ...inputs]);
    };
  return [
    { name: 'bare kafkajs', commandOf: read('bare') },
    { name: FLOOR, commandOf: read('decode') },
    { name: AGGREGATE, commandOf: (set, id) => aggregateCommand(place, set, id) },
    { name: STREAMS, commandOf: streams('all') },
    { name: `${STREAMS}, of each event its time alone`, commandOf: streams('time') },
  ];
}

async function compileStreams(folder: string): Promise<readonly string[]> {
  const jdk = oldestJdk(installedJdks(), JAVA);
  if (jdk === undefined) throw new Error(`Kafka Streams needs a JDK of version ${JAVA} or newer.`);
  const program = await assemble(
    {
      name: 'kafka-streams-4.3.1',
      content: {
        jars: [
          'org.apache.kafka:kafka-streams:4.3.1',
          'org.apache.avro:avro:1.12.0',
          // Of the version of jackson-databind that Kafka brings.
          'com.fasterxml.jackson.core:jackson-core:2.21.2',
          'org.slf4j:slf4j-simple:1.7.36',
        ],
      },
    },
    jdk,
  );
  const classes = join(folder, 'classes');
  const jars = join(program, 'lib', '*');
  await run(join(jdk.home, 'bin', 'javac'), ['-d', classes, '--release', String(JAVA), '-cp', jars, STREAMS_SOURCE]);
  const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  return [join(jdk.home, 'bin', 'java'), logging, '-Xmx512m', '-cp', `${classes}:${jars}`, 'CountByHost'];
}
