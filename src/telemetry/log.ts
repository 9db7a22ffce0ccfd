import { LOG_LEVELS } from '../config/telemetry.js';
import type { LogLevel } from '../config/telemetry.js';
import type { Ms } from '../core/event.js';
import { MINUTE_MS } from '../core/time.js';
import { escapeControls } from '../report/escape-controls.js';
import { partsOf } from './declarations.js';
import type { Stage } from './declarations.js';

const ECS_VERSION = '8.17.0';
/** How long the same message is not written again. */
const QUIET_MS = MINUTE_MS;
/** How many messages are quiet at the most: the oldest may be written again then. */
const MAX_QUIET_COUNT = 1000;
const MAX_FIELD_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 1024;
const MAX_STACK_LENGTH = 8192;
/** How many errors are told of which each is the cause of the one before. */
const MAX_CAUSES = 4;

/**
 * What a line can say beside its message: names and numbers of our own. What a log, a record or a document says is none of
 * it, and neither is a secret: an error whose words may quote one is told by its reason alone.
 */
export interface LogFields {
  readonly stage?: Stage | undefined;
  /** `topic/partition` */
  readonly source?: string | undefined;
  readonly offset?: number | undefined;
  readonly broker?: string | undefined;
  /** Why, as one of a closed set. */
  readonly reason?: string | undefined;
  /** How many of what the message is about. */
  readonly count?: number | undefined;
  readonly durationMs?: number | undefined;
  /** What a server or its client does not do, in words that quote no record. */
  readonly trouble?: string | undefined;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly version: string;
  /** Which of several that do the same work it is: the name of the machine. */
  readonly node: string;
}

export interface LogDeps {
  readonly nowMs: () => Ms;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
}

/** A message that is quiet, since it was written just before. */
interface Quiet {
  readonly sinceMs: Ms;
  leftOut: number;
  /** The last line that was left out, but for their number. */
  last: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Writes lines of JSON by the Elastic Common Schema. A message is a constant sentence of our own; what differs is in the
 * fields. The same message about the same stage, source and trouble is written once a minute, then with the number of those that
 * were left out.
 */
export class Log {
  /** By message; in the order of `sinceMs`. */
  private readonly quiet = new Map<string, Quiet>();
  private readonly service: Readonly<Record<string, string>>;
  private readonly isWritten: (level: LogLevel) => boolean;

  constructor(
    { level, version, node }: LogConfig,
    private readonly deps: LogDeps,
  ) {
    const levels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
    this.isWritten = (other) => levels.includes(other);
    this.service = { 'service.name': 'mxwarden', 'service.version': version, 'service.node.name': node };
  }

  /** Something is lost, or somebody must do something. */
  error(message: string, fields: LogFields = {}, error?: unknown): void {
    this.take('error', message, fields, error);
  }

  /** Something is odd, and it goes on. */
  warn(message: string, fields: LogFields = {}, error?: unknown): void {
    this.take('warn', message, fields, error);
  }

  /** Starts, stops, assignments, and what was done once in a while. */
  info(message: string, fields: LogFields = {}): void {
    this.take('info', message, fields);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.take('debug', message, fields);
  }

  /** Writes what is left out and not told yet; for the end of the program. */
  flush(): void {
    for (const quiet of this.quiet.values()) this.tell(quiet);
    this.quiet.clear();
  }

  private take(level: LogLevel, message: string, fields: LogFields, error?: unknown): void {
    if (!this.isWritten(level)) return;
    const nowMs = this.deps.nowMs();
    const line = {
      '@timestamp': new Date(nowMs).toISOString(),
      'log.level': level,
      message: cut(message, MAX_MESSAGE_LENGTH),
      'ecs.version': ECS_VERSION,
      'event.dataset': 'mxwarden.stream',
      ...this.service,
      ...ecsFields(fields),
      ...(error === undefined ? {} : errorFields(error)),
    };
    const key = JSON.stringify([level, message, fields.stage, fields.source, fields.trouble]);
    const before = this.quiet.get(key);
    if (before !== undefined && isQuiet(before, nowMs)) {
      before.leftOut += 1;
      before.last = line;
      return;
    }
    this.quiet.delete(key);
    this.tellOld(nowMs);
    this.quiet.set(key, { sinceMs: nowMs, leftOut: 0, last: undefined });
    this.write(line, before?.leftOut ?? 0);
  }

  /** Drops messages that are quiet no more, or too many, and says what was left out of them. */
  private tellOld(nowMs: Ms): void {
    for (const [key, quiet] of this.quiet) {
      if (isQuiet(quiet, nowMs) && this.quiet.size < MAX_QUIET_COUNT) break;
      this.quiet.delete(key);
      this.tell(quiet);
    }
  }

  /** Writes the last line that was left out, for all of them. */
  private tell({ leftOut, last }: Quiet): void {
    if (last !== undefined) this.write(last, leftOut - 1);
  }

  private write(line: Readonly<Record<string, unknown>>, leftOut: number): void {
    const text = JSON.stringify(leftOut === 0 ? line : { ...line, 'mxwarden.left_out': leftOut });
    // An error may quote what came over the network, and somebody may look at the log in a terminal.
    this.deps.write(`${escapeControls(text)}\n`);
  }
}

/** A clock that was put back does not make a message quiet for longer. */
function isQuiet({ sinceMs }: Quiet, nowMs: Ms): boolean {
  return nowMs >= sinceMs && nowMs < sinceMs + QUIET_MS;
}

/** Fields with the names that the Elastic Common Schema, or Filebeat, has for them. */
function ecsFields({ stage, source, offset, broker, reason, count, durationMs, trouble }: LogFields): object {
  const { topic, partition } = source === undefined ? {} : partsOf(source);
  // JSON has no value that is undefined.
  return {
    'mxwarden.stage': stage,
    'kafka.topic': topic,
    'kafka.partition': partition === undefined ? undefined : Number(partition),
    'kafka.offset': offset,
    'server.address': cutIfGiven(broker),
    'event.reason': cutIfGiven(reason),
    'event.duration': durationMs === undefined ? undefined : Math.round(durationMs * 1e6),
    'mxwarden.count': count,
    'error.message': trouble === undefined ? undefined : cut(trouble, MAX_MESSAGE_LENGTH),
  };
}

function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { 'error.type': typeof error, 'error.message': 'Something else was thrown.' };
  const causes = [error];
  for (let { cause } = error; cause instanceof Error && causes.length < MAX_CAUSES; { cause } = cause)
    causes.push(cause);
  return {
    'error.type': error.name,
    'error.message': cut(causes.map(({ message }) => message).join(' Caused by: '), MAX_MESSAGE_LENGTH),
    'error.stack_trace': cut(causes.map(({ stack }) => stack).join('\nCaused by: '), MAX_STACK_LENGTH),
  };
}

function cutIfGiven(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cut(text, MAX_FIELD_LENGTH);
}

/** The beginning of a text; of what stands for one character beyond 16 bits, both halves or none. */
function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
