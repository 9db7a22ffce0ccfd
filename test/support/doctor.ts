import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Environment } from '../../src/config/elasticsearch.js';
import { loadConfig } from '../../src/config/load.js';
import { configuredServers } from '../../src/config/servers.js';
import { valueIn } from '../../src/core/documents/value.js';
import { createIdentity } from '../../src/core/identity.js';
import { runDoctor } from '../../src/commands/doctor.js';
import type { KafkaContext } from '../../src/commands/doctor/context.js';
import type { Area, Finding, Level } from '../../src/commands/doctor/finding.js';
import { inFolder } from './analysis.js';

/** Monday, 2026-11-23 12:00 UTC. */
export const NOW = Date.UTC(2026, 10, 23, 12);

/** What checks go by, with these settings. */
export async function contextOf(settings: object = {}): Promise<KafkaContext> {
  const all = { timezone: 'UTC', kafka: { brokers: ['kafka1.example.org:9092'] }, ...settings };
  const config = await loadConfig({ name: 'mx.yaml', text: stringify(all) }, {}, 'UTC');
  if (config.kafka === undefined) throw new RangeError('No settings for Kafka.');
  const identity = createIdentity(configuredServers(config), config.timezone);
  return { config, kafka: config.kafka, file: 'mx.yaml', identity, cfg: 'ours', nowMs: () => NOW };
}

/** What a run of doctor came to. */
export interface Diagnosis {
  readonly isWell: boolean;
  readonly printed: string;
  readonly findings: readonly Finding[];
}

/** Runs doctor with these settings, in a file `mx.yaml`. */
export async function diagnose(settings: object, environment: Environment = {}): Promise<Diagnosis> {
  const { isWell, printed } = await run(settings, environment, { json: true });
  return { isWell, printed, findings: findingsIn(JSON.parse(printed)) };
}

function findingsIn(value: unknown): readonly Finding[] {
  const findings = valueIn(value, ['findings']);
  if (!Array.isArray(findings) || !findings.every(isFinding)) throw new TypeError('These are no findings.');
  return findings;
}

function isFinding(value: unknown): value is Finding {
  return ['area', 'level', 'text'].every((name) => typeof valueIn(value, [name]) === 'string');
}

/** What `doctor --discover` prints. */
export async function discover(settings: object): Promise<{ readonly isWell: boolean; readonly printed: string }> {
  return run(settings, {}, { discover: true });
}

async function run(
  settings: object,
  environment: Environment,
  options: { readonly json?: boolean; readonly discover?: boolean },
): Promise<{ readonly isWell: boolean; readonly printed: string }> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, stringify(settings));
    let printed = '';
    const print = async (text: string): Promise<void> => {
      printed += text;
    };
    const deps = { machineTimezone: 'UTC', environment, clock: () => Date.now(), print };
    const isWell = await runDoctor({ config, ...options }, deps);
    return { isWell, printed };
  });
}

/** Findings of an area that are not ok, as `level: text`. */
export function troubles(findings: readonly Finding[], area?: Area): readonly string[] {
  return findings
    .filter((finding) => finding.level !== 'ok' && (area === undefined || finding.area === area))
    .map(({ level, text }) => `${level}: ${text}`);
}

/** The only finding of an area that has this level and says this. */
export function findingOf(findings: readonly Finding[], level: Level, text: string | RegExp): Finding {
  const [found, other] = findings.filter(
    (finding) =>
      finding.level === level && (typeof text === 'string' ? finding.text.includes(text) : text.test(finding.text)),
  );
  if (found === undefined || other !== undefined)
    throw new Error(`Not one ${level} "${String(text)}" in ${JSON.stringify(findings, null, 1)}`);
  return found;
}
