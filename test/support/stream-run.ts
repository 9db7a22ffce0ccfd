import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { KINDS, TARGETS } from '../../src/elasticsearch/targets.js';
import { analysisOf, jsonObject, textAt, valueAt } from './analysis.js';
import type { Analysis } from './analysis.js';
import { expectDocuments } from './documents.js';
import { byId, differences } from './stream-compare.js';
import type { Documents } from './stream-compare.js';
import { kafkaClient, readTopic } from './kafka.js';
import { commandOf, runProgram } from './program.js';
import { objectOf } from './ship-site.js';

export type StageName = 'aggregate' | 'correlate' | 'index';
export const STAGE_NAMES: readonly StageName[] = ['aggregate', 'correlate', 'index'];

const TOPICS = [
  'mail_events',
  'dns_events',
  'partials',
  'snapshots',
  'correlations',
  'clients',
  'alerts',
  'rejections',
  'dead_letters',
] as const;
export type Topics = Readonly<Record<(typeof TOPICS)[number], string>>;

/** How soon a member that was killed is found out, so that tests go on. */
const SESSION = '3s';

/** Where a test streams to: topics, groups and settings of its own. */
export interface StreamSite {
  readonly config: string;
  readonly topics: Topics;
  readonly group: string;
  readonly kafka: Kafka;
  readonly elasticsearch: string;
}

export interface StreamPlace {
  readonly folder: string;
  readonly kafka: string;
  readonly elasticsearch: string;
}

/** Makes a site with all its topics and templates. `topics` are those that it has in common with another one. */
export async function createStreamSite(
  place: StreamPlace,
  counting: object,
  given: {
    readonly topics?: Partial<Topics>;
    readonly stream?: object;
    readonly kafka?: object;
    readonly elasticsearch?: object;
  } = {},
): Promise<StreamSite> {
  const name = `s-${randomUUID().slice(0, 8)}`;
  const own = Object.fromEntries(TOPICS.map((topic) => [topic, `${name}-${topic}`]));
  const topics = objectOf({ ...own, ...given.topics });
  const config = join(place.folder, `${name}.yaml`);
  const settings = {
    ...counting,
    kafka: {
      brokers: [place.kafka],
      topics,
      partitions: { events: 4, partials: 3, results: 2 },
      request_timeout: '10s',
      ...given.kafka,
    },
    elasticsearch: { nodes: [place.elasticsearch], batch_age: '1s', request_timeout: '5s', ...given.elasticsearch },
    stream: { group: name, listen: 'off', session_timeout: SESSION, ...given.stream },
  };
  await writeFile(config, JSON.stringify(settings));
  const { code, stderr } = await runProgram(['setup', '--config', config]);
  if (code !== 0) throw new Error(`setup ended with ${String(code)}: ${stderr}`);
  return {
    config,
    topics: topicsOf(topics),
    group: name,
    kafka: kafkaClient(place.kafka).kafka,
    elasticsearch: place.elasticsearch,
  };
}

function topicsOf(names: Readonly<Record<string, unknown>>): Topics {
  const of = (topic: (typeof TOPICS)[number]): string => String(names[topic]);
  return {
    mail_events: of('mail_events'),
    dns_events: of('dns_events'),
    partials: of('partials'),
    snapshots: of('snapshots'),
    correlations: of('correlations'),
    clients: of('clients'),
    alerts: of('alerts'),
    rejections: of('rejections'),
    dead_letters: of('dead_letters'),
  };
}

/** Sends logs to the topics of events. */
export async function shipLogs(site: StreamSite, files: readonly string[]): Promise<void> {
  const state = `${site.config}.state`;
  const { code, stderr } = await runProgram(['ship', ...files, '--config', site.config, '--state', state]);
  if (code !== 0) throw new Error(`ship ended with ${String(code)}: ${stderr}`);
}

/** A process of the stream. */
export interface StreamProcess {
  readonly child: ChildProcess;
  readonly stages: readonly StageName[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it has logged so far. */
  readonly log: () => string;
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a process that runs stages. */
export function startStream(
  site: StreamSite,
  stages: readonly StageName[],
  { args = ['--bounded'], environment = {} }: StartOptions = {},
): StreamProcess {
  const [program = '', ...hooks] = commandOf('kill-points.ts');
  const killPoints = hooks.pop() ?? '';
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
  const command = ['stream', '--config', site.config, '--stages', stages.join(','), ...args];
  const child = spawn(program, [...hooks, '--import', killPoints, main, ...command], {
    env: { ...process.env, TZ: 'UTC', NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
  return { child, stages, ended, log: () => text };
}

/** How much of a log is shown. */
const LOG_CHARS = 6000;

/** Keeps processes at work: one that was killed is started again, until each has ended by itself. */
export class Crew {
  readonly running: (StreamProcess | undefined)[] = [];
  /** What those that have ended have logged. */
  log = '';
  /** How many were killed. */
  kills = 0;
  private readonly done: Promise<void>[] = [];
  private isStopped = false;

  constructor(private readonly site: StreamSite) {}

  /** Starts a process for these stages; each that follows a killed one has the next options, and the last ones stay. */
  hire(stages: readonly StageName[], ...options: readonly StartOptions[]): void {
    const place = this.running.length;
    this.running.push(undefined);
    this.done.push(this.keep(place, stages, options));
  }

  /** Resolves when all have ended. @throws if one of them failed, or does not end, with what they have logged */
  async finish(deadlineMs = 90_000): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([Promise.all(this.done), this.deadline(deadlineMs, late.signal)]);
    } finally {
      late.abort();
      await this.stop();
    }
  }

  private async deadline(delayMs: number, signal: AbortSignal): Promise<void> {
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const logs = this.running.map((each) => each && `${each.stages.join(',')}:\n${each.log().slice(-LOG_CHARS)}`);
    throw new Error(`Not done within ${String(delayMs)} ms:\n${logs.join('\n')}`);
  }

  /** Ends all at once. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const each of this.running) each?.child.kill('SIGKILL');
    await Promise.allSettled(this.done);
  }

  get isAtWork(): boolean {
    return this.running.some((each) => each !== undefined);
  }

  kill(place: number): void {
    this.running[place]?.child.kill('SIGKILL');
  }

  /** Has one leave by itself; it is not started again. */
  leave(place: number): void {
    this.running[place]?.child.kill('SIGTERM');
  }

  private async keep(place: number, stages: readonly StageName[], options: readonly StartOptions[]): Promise<void> {
    for (let turn = 0; !this.isStopped; turn += 1) {
      const started = startStream(this.site, stages, options[Math.min(turn, options.length - 1)]);
      this.running[place] = started;
      const { code, signal } = await started.ended;
      this.running[place] = undefined;
      this.log += started.log();
      // One that is to be followed by another has been told to end.
      if (code === 0 && turn >= options.length - 1) return;
      if (code === 0) continue;
      if (signal !== 'SIGKILL')
        throw new Error(
          `${stages.join(',')} ended with ${String(code ?? signal)}:\n${started.log().slice(-LOG_CHARS)}`,
        );
      this.kills += 1;
    }
  }
}

/** Resolves when something holds. @throws after a deadline */
export async function until(what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`Not within ${String(deadlineMs)} ms: ${what}`);
    await sleep(50);
  }
}

/** Deletes all documents of cases before. A node without modules deletes no data stream, so it is emptied. */
export async function clearElasticsearch(address: string): Promise<void> {
  const found = await ask(`${address}/_resolve/index/mxwarden-*`);
  const indices = found['indices'];
  if (Array.isArray(indices))
    for (const index of indices) await ask(`${address}/${String(objectOf(index)['name'])}`, { method: 'DELETE' });
  for (const kind of KINDS) {
    if (!TARGETS[kind].isStream) continue;
    const lines: string[] = [];
    for await (const { index, id } of hitsOf(address, kind))
      lines.push(JSON.stringify({ delete: { _index: index, _id: id } }));
    if (lines.length > 0) await ask(`${address}/_bulk`, { method: 'POST', body: `${lines.join('\n')}\n` });
  }
}

async function ask(url: string, init: RequestInit = {}, accepted: readonly number[] = []): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (!response.ok && !accepted.includes(response.status))
    throw new Error(`${url} answers ${String(response.status)}: ${text.slice(0, 1000)}`);
  return jsonObject(text);
}

/** An index that was made a moment ago cannot be searched yet. */
async function search(url: string, body: object): Promise<JsonObject> {
  let answer: JsonObject = {};
  await until(`${url} can be searched`, async () => {
    answer = await ask(url, { method: 'POST', body: JSON.stringify(body) }, [503]);
    return answer['status'] !== 503;
  });
  return answer;
}

const PAGE = 5000;

interface Hit {
  readonly index: string;
  readonly id: string;
  readonly document: JsonObject;
}

async function* hitsOf(address: string, kind: DocumentKind): AsyncGenerator<Hit> {
  const { name } = TARGETS[kind];
  await ask(`${address}/${name}/_refresh`, { method: 'POST' }, [404]);
  let after: unknown;
  for (;;) {
    const body = { size: PAGE, sort: [{ 'event.id': 'asc' }, { '@timestamp': 'asc' }], search_after: after };
    const answer = await search(`${address}/${name}/_search?ignore_unavailable=true`, body);
    const hits = valueAt(answer, 'hits.hits');
    if (!Array.isArray(hits)) throw new Error(`No hits in ${JSON.stringify(answer).slice(0, 500)}`);
    for (const hit of hits) {
      const { _index: index, _id: id, _source: source, sort } = objectOf(hit);
      yield { index: String(index), id: String(id), document: jsonObject(JSON.stringify(source)) };
      after = sort;
    }
    if (hits.length < PAGE) return;
  }
}

/** All documents of a kind. @throws if one of them is there twice */
export async function readDocuments(address: string, kind: DocumentKind): Promise<Documents> {
  const documents = new Map<string, JsonObject>();
  for await (const { document } of hitsOf(address, kind)) {
    const id = textAt(document, 'event.id');
    if (documents.has(id)) throw new Error(`${id} is there twice.`);
    expectDocuments({ [kind]: [document] });
    documents.set(id, document);
  }
  return documents;
}

/** What `analyze` says of the same events, and what it says of some only. */
export interface Expected {
  readonly documents: Readonly<Record<DocumentKind, Documents>>;
  readonly deadLetters: readonly JsonObject[];
}

/** Runs `analyze` over the same logs with the same settings. */
export async function expectedOf(files: readonly string[], config: string): Promise<Expected> {
  const analysis: Analysis = await analysisOf(files, { config });
  const { correlations, clients, alerts, rejections, deadLetters } = analysis;
  return {
    documents: {
      correlation: byId(correlations),
      client: byId(clients),
      alert: byId(alerts),
      rejection: byId(rejections),
    },
    deadLetters,
  };
}

/** All ways in which what a stream wrote differs from what `analyze` says. */
export async function differencesAt(site: StreamSite, { documents }: Expected): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const kind of KINDS) {
    const found = await readDocuments(site.elasticsearch, kind);
    lines.push(...differences(kind, found, documents[kind]).map((line) => `${kind}: ${line}`));
  }
  return lines;
}

/** The documents of a topic as any consumer has them: for each key the one of the highest version. */
export async function newestOf(kafka: Kafka, topic: string): Promise<Documents> {
  const newest = new Map<string, { version: number; document: JsonObject }>();
  for (const { key, value, headers } of await readTopic(kafka, topic)) {
    const id = String(key);
    const version = Number(String(headers?.['version']));
    if (version >= (newest.get(id)?.version ?? -Infinity))
      newest.set(id, { version, document: jsonObject(String(value)) });
  }
  return new Map([...newest].map(([id, { document }]) => [id, document]));
}
