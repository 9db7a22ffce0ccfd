import type { Readable } from 'node:stream';
import { ConfigError, loadConfig, numberOption } from '../config/load.js';
import { configuredKnown } from '../config/known.js';
import { configuredServers } from '../config/servers.js';
import type { Config } from '../config/schema.js';
import type { Correlated } from '../core/correlate.js';
import type { Incident } from '../core/detect/incidents.js';
import { createKnown } from '../core/documents/known.js';
import { SummaryBuilder } from '../core/documents/summary.js';
import type { Summary } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import { createIdentity, zonesOf } from '../core/identity.js';
import type { ServerConfig } from '../core/identity.js';
import { incidentsTold } from '../core/respond/told.js';
import { createZone } from '../core/time.js';
import { readAlerts } from '../files/alerts.js';
import { familiesOf } from '../files/family.js';
import { OutputFolder } from '../files/output.js';
import { FileSource, chunkBytesOf } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import { escapeControls } from '../report/escape-controls.js';
import { incompleteText } from '../report/incomplete-text.js';
import { readPageAssets } from '../report/page-assets.js';
import { pagePieces } from '../report/page.js';
import { ReportBuilder } from '../report/report-data.js';
import { summaryText } from '../report/summary-text.js';
import { analyze } from '../stages/analyze.js';
import type { AnalyzeConfig, AnalyzeDeps as StageDeps } from '../stages/analyze.js';
import { runFirstPass } from '../stages/first-pass.js';
import type { FirstPass } from '../stages/first-pass.js';
import { startFoldThreads } from '../threads/fold-threads.js';
import { readConfigFile } from './config-file.js';
import { aggregateConfig, correlateConfig } from './core-config.js';
import { readEnrichment } from './enrichment.js';

/** More threads than this wait for the main one most of the time. */
const MAX_THREADS = 7;
/** A log that is through sooner than threads are of use. */
const LONG_LOG_BYTES = 1 << 25;

/** Options as the command line has them. */
export interface AnalyzeOptions {
  readonly out: string;
  readonly window?: string;
  readonly server?: readonly string[];
  readonly dnsHost?: string;
  readonly timezone?: string;
  readonly year?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly threads?: string;
  readonly previous?: string;
}

/** What a command gets from its surroundings. */
export interface AnalyzeDeps {
  readonly stdin: Readable;
  /** When the run began. */
  readonly nowMs: Ms;
  /** Zone of the machine, for stamps without one. */
  readonly machineTimezone: string;
  /** Cores that the program may use. */
  readonly cores: number;
  readonly print: (text: string) => void;
  readonly onProgress: (bytes: number) => void;
  /** Told of each file that could not be read to its end. */
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Analyses log files and writes documents and a summary into a folder, all of them or none.
 * @throws ConfigError, SourceError, SinkError, or the signal's reason when it is aborted.
 */
export async function runAnalyze(files: readonly string[], options: AnalyzeOptions, deps: AnalyzeDeps): Promise<void> {
  const config = await readConfig(options, deps.machineTimezone);
  const enrichment = await readEnrichment(config.enrichment);
  if ('problems' in enrichment) throw new ConfigError(enrichment.problems);
  const earlier = options.previous === undefined ? [] : await readEarlier(options.previous);
  const families = familiesOf(files);
  const chunkBytes = chunkBytesOf(families.length);
  const sources = families.map((family) => new FileSource(family, { ...deps, chunkBytes }));
  try {
    const { timezone, year, dns_host: dnsHost } = config;
    const servers = configuredServers(config);
    const parse = createLineParser({ zone: createZone(timezone), zoneOf: zonesOf(servers, timezone) });
    const pass = await runFirstPass(sources, parse, { timezone, year, dnsHost, servers, nowMs: deps.nowMs });
    const known = servers.length > 0 ? servers : pass.found.map(({ server }) => server);
    const identity = createIdentity(known, timezone);
    const settings = {
      aggregate: aggregateConfig(config),
      correlate: await correlateConfig(config, enrichment.enrich, false),
    };
    const threads = foldThreads(config, settings, deps.cores, known);
    const findKnown = createKnown(configuredKnown(config));
    const stage = { ...deps, ...pass, ...threads, parse, identity, findKnown, earlier };
    const summary = await writeResults(options.out, settings, stage);
    deps.print(options.json === true ? `${escapeControls(JSON.stringify(summary))}\n` : summaryText(summary));
    for (const { incomplete } of summary.inputs) for (const file of incomplete) deps.warn(incompleteText(file));
  } finally {
    for (const source of sources) await source.close();
  }
}

/** The incidents of an earlier analysis. */
async function readEarlier(folder: string): Promise<readonly Incident[]> {
  return incidentsTold(await readAlerts(folder)).map(({ incident }) => incident);
}

/** As many threads as the user wants, at once; else one for each core, as soon as a log turns out to be long. */
function foldThreads(
  config: Config,
  { aggregate }: AnalyzeConfig,
  cores: number,
  servers: readonly ServerConfig[],
): Pick<StageDeps, 'startThreads' | 'threadsAfterBytes'> {
  const others = (config.threads ?? Math.min(cores, MAX_THREADS)) - 1;
  return {
    startThreads:
      others > 0 ? () => startFoldThreads(others, { timezone: config.timezone, servers, aggregate }) : undefined,
    threadsAfterBytes: config.threads === undefined ? LONG_LOG_BYTES : 0,
  };
}

/** Writes the results of a run into a folder, and returns its summary. */
async function writeResults(
  path: string,
  settings: AnalyzeConfig,
  deps: Omit<StageDeps, 'sinks' | 'onResult'> & Pick<FirstPass, 'found'>,
): Promise<Summary> {
  const folder = await OutputFolder.create(path);
  try {
    const sinks = {
      correlations: await folder.add('correlations.ndjson'),
      clients: await folder.add('clients.ndjson'),
      alerts: await folder.add('alerts.ndjson'),
      rejections: await folder.add('rejections.ndjson'),
      deadLetters: await folder.add('dead-letters.ndjson'),
    };
    const summarySink = await folder.add('summary.json');
    const reportSink = await folder.add('report.html');
    const assets = await readPageAssets();
    const { sizes, clientCap } = settings.correlate;
    const builder = new SummaryBuilder(sizes, clientCap, deps.identity, deps.findKnown);
    const reportBuilder = new ReportBuilder(sizes, (subject) => deps.identity.zoneOf(subject).name);
    const onResult = ({ reading, incidents, correlation, alerts }: Correlated): void => {
      builder.add(reading, incidents);
      reportBuilder.add(correlation, alerts);
    };
    const reports = await analyze(settings, { ...deps, sinks, onResult });
    const summary = builder.finish(reports, deps.found);
    summarySink.write([summary]);
    for (const piece of pagePieces(reportBuilder.finish(summary), assets)) {
      reportSink.append([Buffer.from(piece)]);
      await reportSink.flush();
    }
    await folder.commit();
    return summary;
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

async function readConfig(options: AnalyzeOptions, machineTimezone: string): Promise<Config> {
  const file = await readConfigFile(options.config);
  const overrides = {
    windows: options.window?.split(','),
    servers: options.server?.map(serverOption),
    dns_host: options.dnsHost,
    timezone: options.timezone,
    year: numberOption(options.year),
    threads: numberOption(options.threads),
  };
  return loadConfig(file, overrides, machineTimezone);
}

/** `ID[@HOST]=ADDRESS[,ADDRESS]`; other text is no server, and the configuration's check says so. */
function serverOption(text: string): unknown {
  const match = /^(?<id>[^@=]+)(?:@(?<host>[^=]+))?=(?<addresses>.+)$/.exec(text);
  if (match?.groups === undefined) return text;
  const { id, host, addresses } = match.groups;
  return { id, hosts: [host ?? id], addresses: addresses?.split(',') };
}
