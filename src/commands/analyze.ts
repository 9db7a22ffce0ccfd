import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ConfigError, loadConfig } from '../config/load.js';
import { configuredServers } from '../config/servers.js';
import type { Config } from '../config/schema.js';
import { SummaryBuilder } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import { createIdentity } from '../core/identity.js';
import type { Reading } from '../core/measure/reading.js';
import { createZone, parseDuration } from '../core/time.js';
import { windowSizes } from '../core/windows/calendar.js';
import { reasonOf } from '../files/errors.js';
import { familiesOf } from '../files/family.js';
import { OutputFolder } from '../files/output.js';
import { FileSource } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import { summaryText } from '../report/summary-text.js';
import { analyze } from '../stages/analyze.js';
import type { AnalyzeConfig } from '../stages/analyze.js';
import { firstPass, readAhead } from '../stages/first-pass.js';
import type { ReadAhead } from '../stages/first-pass.js';

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
}

/** What a command gets from its surroundings. */
export interface AnalyzeDeps {
  readonly stdin: Readable;
  /** When the run began. */
  readonly nowMs: Ms;
  /** Zone of the machine, for stamps without one. */
  readonly machineTimezone: string;
  readonly print: (text: string) => void;
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Analyses log files and writes documents and a summary into a folder, all of them or none.
 * @throws ConfigError, SourceError, SinkError, or the signal's reason when it is aborted.
 */
export async function runAnalyze(files: readonly string[], options: AnalyzeOptions, deps: AnalyzeDeps): Promise<void> {
  const config = await readConfig(options);
  const timezone = config.timezone ?? deps.machineTimezone;
  const parse = createLineParser({ zone: createZone(timezone) });
  // A pipe may be silent for ever; whoever waits for it must hear of an interruption.
  deps.signal.addEventListener('abort', () => deps.stdin.destroy());
  const sources: ReadAhead[] = [];
  for (const family of familiesOf(files)) sources.push(await readAhead(new FileSource(family, deps.stdin)));
  const servers = configuredServers(config, timezone);
  const { year, dns_host: dnsHost } = config;
  const pass = firstPass(sources, parse, { timezone, year, dnsHost, servers, nowMs: deps.nowMs });
  const identity = createIdentity(servers.length > 0 ? servers : pass.found.map(({ server }) => server), timezone);
  const settings = settingsOf(config);
  const summary = new SummaryBuilder(settings.correlate.sizes, config.client_cap, identity);
  const folder = await OutputFolder.create(options.out);
  try {
    const sinks = {
      correlations: await folder.add('correlations.ndjson'),
      clients: await folder.add('clients.ndjson'),
      rejections: await folder.add('rejections.ndjson'),
      deadLetters: await folder.add('dead-letters.ndjson'),
    };
    const { resolverOf, yearReference } = pass;
    const { nowMs, onProgress, signal } = deps;
    const reports = await analyze(settings, {
      ...{ sources, identity, parse, sinks, resolverOf, yearReference, nowMs, onProgress, signal },
      onReading: (reading: Reading) => {
        summary.add(reading);
      },
    });
    const result = summary.finish(reports);
    (await folder.add('summary.json')).write([result]);
    await folder.commit();
    deps.print(options.json === true ? `${JSON.stringify(result)}\n` : summaryText(result, pass.found));
  } catch (error) {
    await folder.discard();
    throw error;
  } finally {
    for (const source of sources) await source.close();
  }
}

async function readConfig(options: AnalyzeOptions): Promise<Config> {
  const { config: path } = options;
  let file: { readonly name: string; readonly text: string } | undefined;
  if (path !== undefined) {
    try {
      file = { name: path, text: await readFile(path, 'utf8') };
    } catch (error) {
      throw new ConfigError([`Cannot read ${path}: ${reasonOf(error)}.`]);
    }
  }
  return loadConfig(file, {
    windows: options.window?.split(','),
    servers: options.server?.map(serverOption),
    dns_host: options.dnsHost,
    timezone: options.timezone,
    year: options.year === undefined ? undefined : Number(options.year),
  });
}

/** `ID[@HOST]=ADDRESS[,ADDRESS]`. */
function serverOption(text: string): unknown {
  const match = /^(?<id>[^@=]+)(?:@(?<host>[^=]+))?=(?<addresses>.+)$/.exec(text);
  if (match?.groups === undefined) throw new ConfigError([`--server ${text}: must be ID[@HOST]=ADDRESS[,ADDRESS].`]);
  const { id, host, addresses } = match.groups;
  return { id, hosts: [host ?? id], addresses: addresses?.split(',') };
}

/** The settings of the core from the configuration, durations in ms. */
function settingsOf(config: Config): AnalyzeConfig {
  const sizes = windowSizes(config.windows);
  const [pane] = sizes;
  if (pane === undefined) throw new ConfigError(['windows: at least one is needed.']);
  const ms = (text: string): Ms => parseDuration(text) ?? 0;
  const allowedLatenessMs = ms(config.allowed_lateness);
  const clientCap = config.client_cap;
  return {
    aggregate: {
      paneMs: pane.lengthMs,
      outOfOrdernessMs: ms(config.out_of_orderness),
      allowedLatenessMs,
      futureSkewMs: ms(config.future_skew),
      clientCap,
    },
    correlate: { sizes, allowedLatenessMs, clientCap, gapFillMs: ms(config.gap_fill), provisional: false },
  };
}
