import { createPartialDecoder } from '../../avro/partials.js';
import { WriterSchemas } from '../../avro/writer-schemas.js';
import type { Ms } from '../../core/event.js';
import type { StampedMark } from '../../core/progress.js';
import { MINUTE_MS } from '../../core/time.js';
import type { Admin, Kafka } from '../../kafka/client.js';
import { sourceOf } from '../../core/source-name.js';
import { listOffsets, listPositions } from '../../kafka/offsets.js';
import type { Extent } from '../../kafka/offsets.js';
import { readRanges } from '../../kafka/read-ranges.js';
import type { Position } from '../../stages/ports.js';
import { readNote } from '../../stages/source-note.js';
import type { SourceNote } from '../../stages/source-note.js';
import { STAGES } from '../../telemetry/declarations.js';
import type { Stage } from '../../telemetry/declarations.js';
import { groupOf, topicsOf } from '../stream-inputs.js';
import { command } from './context.js';
import type { Context, KafkaContext } from './context.js';
import { count, durationText, failure, listed, ok, warning, when } from './finding.js';
import type { Finding } from './finding.js';

const AREA = 'stages';
/** Marks come twice a second from each source that goes on. */
const MARK_RECORDS = 1000;
const READ = { timeoutMs: 10_000, maxBytesPerPartition: 1 << 20 };
/** A process that has more to read, and has read nothing for so long, hangs or waits for something. */
const STALLED_MS = MINUTE_MS;

/** How a stage stands. */
export interface StageState {
  readonly stage: Stage;
  /** Processes in its group. */
  readonly members: number;
  readonly extents: ReadonlyMap<string, Extent>;
  readonly positions: ReadonlyMap<string, Position>;
}

/** How all stages stand, and what the last marks of the sources say. */
export interface StreamState {
  readonly stages: readonly StageState[];
  readonly marks: readonly StampedMark[];
  /** Whether anything was ever counted. */
  readonly isFresh: boolean;
}

/** Looks at the groups of the stages; of topics that are not there nothing is said here. */
export async function readStreamState(
  { kafka: client, admin, names }: { readonly kafka: Kafka; readonly admin: Admin; readonly names: readonly string[] },
  { config, kafka }: KafkaContext,
): Promise<StreamState> {
  const { groups } = await admin.describeGroups(STAGES.map((stage) => groupOf(stage, config)));
  const stages: StageState[] = [];
  for (const stage of STAGES) {
    const topics = topicsOf(stage, config, kafka).filter((topic) => names.includes(topic));
    const groupId = groupOf(stage, config);
    stages.push({
      stage,
      members: groups.find((group) => group.groupId === groupId)?.members.length ?? 0,
      extents: await listOffsets(admin, topics),
      positions: topics.length === 0 ? new Map() : await listPositions(admin, groupId, topics),
    });
  }
  const { partials } = kafka.topics;
  const extents = names.includes(partials) ? await listOffsets(admin, [partials]) : new Map<string, Extent>();
  const isFresh = [...extents.values()].every(({ endOffset }) => endOffset === 0);
  // Every mark is in every partition.
  const first = extents.get(sourceOf(partials, 0));
  return { stages, marks: first === undefined ? [] : await lastMarks(client, partials, first), isFresh };
}

/** The last mark of each source among the last records of a partition. */
async function lastMarks(
  kafka: Kafka,
  topic: string,
  { startOffset, endOffset }: Extent,
): Promise<readonly StampedMark[]> {
  const offset = Math.max(startOffset, endOffset - MARK_RECORDS);
  const decoder = createPartialDecoder(new WriterSchemas());
  const marks = new Map<string, StampedMark>();
  await readRanges(kafka, [{ topic, partition: 0, offset, count: endOffset - offset }], READ, ({ value }) => {
    const record = value === undefined ? undefined : decoder.decode(value);
    if (record?.kind === 'mark') marks.set(record.mark.source, record.mark);
  });
  return [...marks.values()];
}

/** Whether the stages run, how far they are, and whether what was counted goes with this configuration. */
export function stageFindings({ stages, marks, isFresh }: StreamState, context: Context): Finding[] {
  const aggregate = stages.find(({ stage }) => stage === 'aggregate');
  const hasBegun = stages.some(({ members, positions }) => members > 0 || positions.size > 0);
  return [
    ...(hasBegun
      ? stages.map((state) => progressFinding(state, context))
      : [warning(AREA, 'No stage has begun.', command(context, 'stream'))]),
    ...(aggregate === undefined ? [] : noteFindings(aggregate, isFresh, context)),
    ...markFindings(marks, context),
  ];
}

interface NotedSource {
  readonly source: string;
  readonly position: Position;
  readonly extent: Extent;
  readonly note: SourceNote | undefined;
  /** The first offset that was not taken yet. */
  readonly next: number;
}

function notedSources({ stage, positions, extents }: StageState): readonly NotedSource[] {
  return [...positions.values()].flatMap((position) => {
    const { source, offset } = position;
    const extent = extents.get(source);
    if (extent === undefined) return [];
    const note = stage === 'aggregate' ? readNote(position.note) : undefined;
    return [{ source, position, extent, note, next: Math.max(offset, (note?.lastOffset ?? -1) + 1) }];
  });
}

function progressFinding(state: StageState, context: Context): Finding {
  const { stage, members, extents, positions } = state;
  const start = command(context, `stream --stages ${stage}`);
  if (members === 0 && positions.size === 0) return warning(AREA, `${stage} has not begun.`, start);
  const sources = notedSources(state);
  const nextOf = new Map(sources.map(({ source, next }) => [source, next]));
  const lag = [...extents].reduce(
    (sum, [source, { startOffset, endOffset }]) => sum + endOffset - (nextOf.get(source) ?? startOffset),
    0,
  );
  const behind = `${count(lag, 'record')} of ${count(extents.size, 'partition')} to read`;
  if (members === 0) return warning(AREA, `${stage} is not running: ${behind}.`, start);
  const text = `${stage}: ${count(members, 'process', 'processes')}, ${behind}${standingText(sources)}`;
  const stalled = sources.find((source) => isStalled(source, context.nowMs()));
  if (stalled === undefined) return ok(AREA, `${text}.`);
  const silence = durationText(context.nowMs() - (stalled.note?.lastReadMs ?? 0));
  const next = `Look into the log of mxwarden stream and at its /readyz; if neither says why, end it and run ${start}`;
  return warning(AREA, `${text}; of ${stalled.source} nothing was read for ${silence}.`, next);
}

/** How the sources stand, by their notes, and how far the slowest is in event time. */
function standingText(sources: readonly NotedSource[]): string {
  const notes = sources.flatMap(({ note }) => note ?? []);
  if (notes.length === 0) return '';
  const standings = new Map<string, number>();
  for (const { standing } of notes) standings.set(standing, (standings.get(standing) ?? 0) + 1);
  const counts = [...standings].map(([standing, number]) => `${number} ${standing.replace('_', ' ')}`);
  const times = notes.map(({ watermarkMs }) => watermarkMs).filter((timeMs) => timeMs > -Infinity);
  const slowest = times.length === 0 ? '' : `, the slowest at ${when(Math.min(...times))} UTC`;
  return `; noted: ${counts.join(', ')}${slowest}`;
}

function isStalled({ note, next, extent }: NotedSource, nowMs: Ms): boolean {
  if (note === undefined || note.standing === 'end' || next >= extent.endOffset) return false;
  return note.lastReadMs > -Infinity && nowMs - note.lastReadMs > STALLED_MS;
}

/** What the notes of aggregate say that would keep it from beginning, or that was lost. */
function noteFindings(state: StageState, isFresh: boolean, context: Context): Finding[] {
  const { epoch } = context.config.stream;
  if (state.positions.size === 0) {
    if (isFresh) return [];
    const next = `Set stream.epoch in ${context.file} to a number that was not used yet, and run ${command(context, 'stream --from earliest')}`;
    return [failure(AREA, 'Results of counting are there, and no note of how far events were counted.', next)];
  }
  const findings: Finding[] = [];
  const sources = notedSources(state);
  const strange = sources.filter(({ note }) => note === undefined).map(({ source }) => source);
  if (strange.length > 0) {
    const text = `The notes beside ${listed(strange)} are none of mxwarden: somebody else commits in this group.`;
    findings.push(warning(AREA, text, `Give stream.group in ${context.file} a name that nobody else uses.`));
  }
  const epochs = sources.flatMap(({ note }) => note?.epoch ?? []);
  const [lowest, highest] = [Math.min(...epochs), Math.max(...epochs)];
  if (highest > epoch) {
    const text = `Events are counted in epoch ${highest}, and stream.epoch is ${epoch}: of this nothing would count.`;
    const next = `Set stream.epoch to ${highest} in ${context.file}, with the other settings of those who count.`;
    findings.push(failure(AREA, text, next));
  } else if (lowest < epoch && state.members > 0) {
    const text = `Events are counted in epoch ${lowest}, and stream.epoch is ${epoch}.`;
    findings.push(warning(AREA, text, 'Restart every mxwarden stream, so that all count by this configuration.'));
  }
  for (const { source, next: at, extent } of sources) {
    if (at >= extent.startOffset) continue;
    const text = `${count(extent.startOffset - at, 'record')} of ${source} were deleted before they were counted.`;
    const next = `Raise retention.ms of the topic (kafka.retention.events), then run ${command(context, 'stream --stages aggregate')}`;
    findings.push(failure(AREA, text, next));
  }
  return findings;
}

/** What the last marks say: the settings by which was counted, and what was lost. */
function markFindings(marks: readonly StampedMark[], { config, cfg, file }: Context): Finding[] {
  const { epoch } = config.stream;
  const findings: Finding[] = [];
  const others = marks
    .filter((mark) => cfg !== undefined && mark.epoch === epoch && mark.cfg !== cfg)
    .map(({ source }) => source);
  if (others.length > 0) {
    const text = `${listed(others)} ${others.length === 1 ? 'is' : 'are'} counted with other settings in the same epoch ${epoch}: correlate stops there.`;
    const next = `Set stream.epoch to ${epoch + 1} in ${file}, or take back what was changed; then restart every mxwarden stream with this file.`;
    findings.push(failure(AREA, text, next));
  }
  for (const { source, gaps } of marks) {
    const lost = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    if (lost === 0) continue;
    const text = `${count(lost, 'record')} of ${source} are missing in the counts: they were deleted before they were read.`;
    const next =
      'Raise retention.ms of the topic (kafka.retention.events), or run more processes; this goes with the next chunk.';
    findings.push(warning(AREA, text, next));
  }
  return findings;
}
