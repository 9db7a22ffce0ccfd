import { createHash } from 'node:crypto';
import { canonical } from '../core/content.js';
import type { Config } from './schema.js';

/** Settings that change neither numbers nor documents, or that may differ from process to process. */
const WITHOUT_EFFECT = [
  'elasticsearch',
  'enrichment',
  'kafka',
  'kibana',
  'known',
  'stream',
  'threads',
  'year',
] as const;

/**
 * A short name of all settings that change numbers or documents, in hexadecimal. `others` are facts from elsewhere that do
 * so too, such as the digests of files.
 */
export function fingerprintOfConfig(config: Config, others: readonly string[]): string {
  const settings = Object.entries(config).filter(([name]) => !WITHOUT_EFFECT.some((other) => other === name));
  const text = JSON.stringify([
    settings.sort(([a], [b]) => (a < b ? -1 : 1)).map(canonical),
    config.stream.inputs,
    others,
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
