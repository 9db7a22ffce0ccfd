import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Batch, Cluster, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { InvariantError } from '../core/errors.js';
import type { Ms } from '../core/event.js';
import type { LogRecord, Member, Position, RecordBatch, StartGeneration } from '../stages/ports.js';
import { consumerOf } from './cluster.js';
import { commitsOf } from './commits.js';
import { seekCoordinator } from './coordinator.js';
import { KafkaError, explain, failureOf, isFinal, topicsText } from './errors.js';
import { watchFetches } from './fetches.js';
import { GenerationOver, GenerationRun } from './generation-run.js';
import type { RunDeps, TakenPartition } from './generation-run.js';
import { sourceOf } from '../core/source-name.js';
import { listOffsets, listPositions, refuseCompacted, requireTopics } from './offsets.js';
import type { Extent } from './offsets.js';
import { retry } from './retry.js';
import type { Retry } from './retry.js';
import { pause, resume, seek } from './steering.js';

export interface GroupConfig {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** A member that the broker has not heard of for so long is not in the group any more. */
  readonly sessionTimeoutMs: number;
  /** How often a generation is called when nothing comes. */
  readonly tickMs: number;
  /** How long a broker waits for records before it answers that there are none. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  /** How soon it is noticed that a topic has more partitions. */
  readonly metadataMs: number;
}

export interface GroupDeps {
  /** No other member of the group may be made of it: kafkajs has them share what they know of commits. */
  readonly kafka: Kafka;
  readonly startGeneration: StartGeneration;
  /** A clock that never jumps. */
  readonly now: () => Ms;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly on?: GroupListener;
}

/** Whoever wants to know how it goes. */
export interface GroupListener {
  /** The group has given these partitions to us. */
  readonly onAssigned?: (sources: readonly string[]) => void;
  /** The broker has answered. */
  readonly onAlive?: () => void;
  /** A broker did not do what it was asked for, and will be asked again. */
  readonly onRetry?: (retry: Retry) => void;
  /** kafkajs gave up, and begins anew. */
  readonly onRestart?: (text: string) => void;
}

interface Found {
  readonly extents: ReadonlyMap<string, Extent>;
  readonly positions: ReadonlyMap<string, Position>;
}

const HEARTBEAT_MS = 500;

/** What the broker says to one that is not a member any more, or that is to join again. */
const LOST = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'];
/** What it says besides for kafkajs to join again: we look for the coordinator ourselves each time. */
const MOVED = 'NOT_COORDINATOR_FOR_GROUP';
/** What no second try of a commit makes better. */
const BAD_NOTE = ['OFFSET_METADATA_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE'];
const NO_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';
/** Errors that mean that a program is wrong. */
const BUGS = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'];

/**
 * A member of a consumer group. Each generation of the group gets an object of its own, with calls one after the other:
 * nothing of an earlier generation reaches a later one.
 *
 * Where an offset is gone (retention has passed it), the partitions stay ours but a new generation object begins, whose
 * `assigned` tells the first offset that there is; so it is where a commit was refused although we are still in the group.
 */
export class GroupSource {
  /** Resolves after `stop`. @throws KafkaError if the group cannot be read any more, or what a generation threw. */
  readonly finished: Promise<void>;
  private readonly consumer: Consumer;
  private readonly admin: Admin;
  private readonly cluster: Cluster;
  private run: GenerationRun | undefined;
  private joining: Promise<void> = Promise.resolve();
  private isLeaving = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly runDeps: RunDeps;
  private settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(
    private readonly config: GroupConfig,
    private readonly deps: GroupDeps,
  ) {
    this.finished = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // Whoever waits for it learns of it; the others must not bring the process down before they do.
    this.finished.catch(() => undefined);
    const { groupId, sessionTimeoutMs, maxWaitMs, maxBytesPerPartition, metadataMs } = config;
    this.runDeps = { maxWaitMs, onError: (run, error) => this.onError(run, error) };
    this.admin = deps.kafka.admin();
    const { consumer, cluster } = consumerOf(deps.kafka, {
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / 3)),
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition,
      metadataMaxAge: metadataMs,
      // A consumer that is stopped while it begins anew would go on for ever, and so would one without its topic.
      retry: { restartOnFailure: (error) => Promise.resolve(!this.isLeaving && failureOf(error).type !== NO_TOPIC) },
    });
    this.consumer = consumer;
    this.cluster = cluster;
    seekCoordinator(cluster);
    this.watch();
  }

  /** Joins the group. @throws KafkaError if that is not possible. */
  async start(): Promise<void> {
    const { consumer, admin, config } = this;
    try {
      await admin.connect();
      await requireTopics(admin, config.topics);
      await refuseCompacted(admin, config.topics);
      await consumer.connect();
      await consumer.subscribe({ topics: [...config.topics], fromBeginning: true });
    } catch (error) {
      await this.leave();
      throw error instanceof KafkaError ? error : this.kafkaError(error);
    }
    this.listen();
    this.joining = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    this.joining.catch((error: unknown) => this.fail(error));
  }

  /** Ends the generation, then leaves the group. It takes as long as the generation takes to end. */
  async stop(): Promise<void> {
    const { run } = this;
    this.isLeaving = true;
    if (run !== undefined && !run.isOver && run.hasBegun) {
      pause(this.consumer, run.partitions);
      // What it throws was told of already.
      await run.end().catch(() => undefined);
    }
    this.run?.abort();
    await this.leave();
    if (this.failure === undefined) this.settle?.resolve();
  }

  private watch(): void {
    watchFetches(this.cluster, {
      onAsked: (topic, partition) => this.run?.noteAsk(topic, partition, this.deps.now()),
      onFailed: (topic, partition) => this.run?.noteFailure(topic, partition),
      onFetched: (fetched) => this.run?.noteFetch(fetched, this.deps.now()),
      onOutOfRange: (topic, partition) => {
        if (this.run?.partitionOf(topic, partition)?.position !== undefined) this.beginAnew(this.run);
      },
    });
  }

  private listen(): void {
    const { consumer } = this;
    const { events } = consumer;
    const onAlive = (): void => this.deps.on?.onAlive?.();
    consumer.on(events.GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
      const sources = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => sourceOf(topic, partition)),
      );
      this.begin(new GenerationRun(memberId, this.run?.membership, sources.sort(), this.runDeps));
    });
    consumer.on(events.HEARTBEAT, ({ payload: { memberId, groupGenerationId } }) => {
      onAlive();
      this.onHeartbeat(memberId, groupGenerationId);
    });
    consumer.on(events.FETCH, onAlive);
    consumer.on(events.REBALANCING, () => this.run?.abort());
    consumer.on(events.START_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) this.run?.notePassed(topic, partition, Number(lastOffset));
    });
    consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.run?.abort();
      if (restart) this.deps.on?.onRestart?.(explain(error));
      else if (!this.isLeaving) this.fail(this.kafkaError(error));
    });
  }

  /** kafkajs believes that we are in the group: a generation that thinks otherwise begins anew. */
  private onHeartbeat(memberId: string, generationId: number): void {
    const { run } = this;
    if (run?.confirm({ memberId, generationId }) !== true) return;
    if (run.isOver && !this.isLeaving) this.beginAnew(run);
  }

  private beginAnew(run: GenerationRun): void {
    this.begin(run.again());
  }

  /** Begins a generation. It must stand still before kafkajs fetches again: so nothing here waits. */
  private begin(run: GenerationRun): void {
    this.run?.abort();
    this.run = run;
    pause(this.consumer, run.partitions);
    if (this.isLeaving) {
      run.abort();
      // One that was stopped while it joined is told once more.
      setImmediate(() => void this.leave());
      return;
    }
    this.deps.on?.onAssigned?.(run.partitions.map(({ source }) => source));
    this.work(run).catch((error: unknown) => this.onError(run, error));
  }

  private async work(run: GenerationRun): Promise<void> {
    const { startGeneration, now } = this.deps;
    await run.confirmedId();
    const { extents, positions } = await this.find(run);
    const assigned = run.partitions.map(({ source }) => {
      const { startOffset, endOffset } = extents.get(source) ?? { startOffset: 0, endOffset: 0 };
      return { source, committed: positions.get(source), startOffset, endOffset };
    });
    run.throwIfOver();
    const generation = startGeneration({ assigned, allSources: [...extents.keys()], member: this.memberOf(run) });
    await run.begin(generation, extents);
    run.throwIfOver();
    for (const partition of run.partitions) seek(this.consumer, partition);
    resume(
      this.consumer,
      run.partitions.filter(({ isHeld }) => !isHeld),
    );
    const { tickMs } = this.config;
    while (!run.isOver) {
      await run.untilOver(sleep(tickMs, undefined, run));
      await run.tick(now);
    }
  }

  /** What there is in the topics, and how far the group has come. */
  private async find(run: GenerationRun): Promise<Found> {
    const { admin, config } = this;
    return this.untilAnswered(run, async () => {
      const extents = await listOffsets(admin, config.topics);
      // A broker that has just made a partition may not know of it yet.
      const unknown = run.partitions.find(({ source }) => !extents.has(source));
      if (unknown !== undefined) throw new KafkaError(`Kafka does not tell the offsets of ${unknown.source}.`);
      return { extents, positions: await listPositions(admin, config.groupId, config.topics) };
    });
  }

  private memberOf(run: GenerationRun): Member {
    const { admin, config } = this;
    return {
      signal: run.signal,
      commit: (positions) => this.commit(run, positions),
      pause: (sources) => {
        const partitions = sources.map((source) => run.ofSource(source));
        for (const partition of partitions) {
          partition.isHeld = true;
          partition.endSeenMs = undefined;
        }
        if (!run.isOver) pause(this.consumer, partitions);
      },
      resume: (sources) => {
        const partitions = sources.map((source) => run.ofSource(source));
        for (const partition of partitions) partition.isHeld = false;
        if (!run.isOver)
          resume(
            this.consumer,
            partitions.filter((partition) => run.isOpen(partition)),
          );
      },
      groupPositions: () => this.untilAnswered(run, () => listPositions(admin, config.groupId, config.topics)),
    };
  }

  /** Sent by ourselves with the number of the generation: kafkajs would send what is late with the number of the next one. */
  private async commit(run: GenerationRun, positions: readonly Position[]): Promise<void> {
    const { groupId } = this.config;
    if (positions.length === 0) return;
    const topics = commitsOf(positions);
    await this.untilAnswered(run, async () => {
      const groupGenerationId = await run.confirmedId();
      const coordinator = await this.cluster.findGroupCoordinator({ groupId });
      run.throwIfOver();
      await coordinator.offsetCommit({ groupId, groupGenerationId, memberId: run.memberId, topics });
    });
  }

  /** Asks until there is an answer. @throws GenerationOver, or KafkaError if there never will be one. */
  private async untilAnswered<T>(run: GenerationRun, ask: () => Promise<T>): Promise<T> {
    return retry(ask, {
      signal: run.signal,
      random: this.deps.random,
      onFailure: (error, delayMs) => {
        const failure = failureOf(error);
        if (error instanceof GenerationOver) throw error;
        if (LOST.includes(failure.type)) throw new GenerationOver(explain(error), { cause: error });
        const isInVain = BAD_NOTE.includes(failure.type) || (isFinal(failure) && !(error instanceof KafkaError));
        if (isInVain) throw this.kafkaError(error);
        this.deps.on?.onRetry?.({ text: explain(error), delayMs });
      },
    });
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { run } = this;
    const { batch } = payload;
    run?.throwIfLost();
    const partition = run?.partitionOf(batch.topic, batch.partition);
    if (run === undefined || partition === undefined || !run.isOpen(partition)) return;
    if (partition.fetchedOffset !== partition.position) {
      // It was fetched before the generation began.
      seek(this.consumer, partition);
      return;
    }
    const nextOffset = Number(batch.lastOffset()) + 1;
    const stopBeating = beatWhile(payload, (error) => {
      const { type } = failureOf(error);
      if (type === MOVED || LOST.includes(type)) run.lose(error);
    });
    try {
      if (!(await run.take(recordsOf(partition, batch, nextOffset)))) return;
      partition.position = nextOffset;
      payload.resolveOffset(batch.lastOffset());
    } catch {
      // Told of already. An error of ours would have kafkajs try again and again.
    } finally {
      stopBeating();
    }
    run.throwIfLost();
  }

  private onError(run: GenerationRun, error: unknown): void {
    if (error instanceof GenerationOver) {
      run.abort();
      // Until kafkajs has noticed, nothing needs to be fetched.
      if (run === this.run) pause(this.consumer, run.partitions);
      return;
    }
    // Work that was broken off fails in some way or other; only what is our fault counts.
    const isBug = error instanceof InvariantError || (error instanceof Error && BUGS.includes(error.name));
    if (!run.isOver || isBug) this.fail(error);
  }

  private kafkaError(error: unknown): KafkaError {
    const { groupId, topics } = this.config;
    const right = `Read of the group ${groupId} and Read of the ${topicsText(topics)}`;
    return new KafkaError(explain(error, right), { cause: error });
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.isLeaving = true;
    this.run?.abort();
    void this.leave().finally(() => this.settle?.reject(error));
  }

  private async leave(): Promise<void> {
    this.isLeaving = true;
    // kafkajs forgets one that it is to stop while it joins, and that one goes on.
    await this.joining.catch(() => undefined);
    await Promise.allSettled([this.consumer.disconnect(), this.admin.disconnect()]);
  }
}

/** Has kafkajs send heartbeats while we work: by itself it does not. What it returns ends that. */
function beatWhile(payload: EachBatchPayload, onError: (error: unknown) => void): () => void {
  const timer = setInterval(() => void payload.heartbeat().catch(onError), HEARTBEAT_MS);
  return () => clearInterval(timer);
}

function recordsOf({ source }: TakenPartition, { messages, highWatermark }: Batch, nextOffset: number): RecordBatch {
  const records = messages.map(({ offset, timestamp, key, value }): LogRecord => {
    return { offset: Number(offset), timeMs: Number(timestamp), key: key ?? undefined, value: value ?? undefined };
  });
  return { source, records, nextOffset, endOffset: Number(highWatermark) };
}
