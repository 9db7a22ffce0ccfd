import type { EnrichmentSettings } from '../config/enrichment.js';
import type { Enrich } from '../core/enrich.js';
import { SourceError } from '../files/errors.js';
import { readMmdb } from '../files/mmdb.js';
import type { Mmdb } from '../files/mmdb.js';

type FileSetting = keyof EnrichmentSettings;

/** What tells more about clients than their logs do. */
export interface Enrichment {
  readonly enrich: Enrich;
  /** The files that it looks into: with other ones the same logs may make other documents. */
  readonly files: ReadonlyMap<FileSetting, Mmdb>;
}

/** Reads the files of these settings, or tells all that is wrong with them. */
export async function readEnrichment(
  settings: EnrichmentSettings,
): Promise<Enrichment | { readonly problems: readonly string[] }> {
  // The list of public suffixes takes 40 ms of CPU to load, and most commands need none.
  const { asNumberIn, countryIn, createEnrich } = await import('../core/enrich.js');
  const wanted = [
    { setting: 'asn_file', valueIn: asNumberIn, values: 'numbers of autonomous systems', such: 'GeoLite2-ASN.mmdb' },
    { setting: 'country_file', valueIn: countryIn, values: 'countries', such: 'GeoLite2-Country.mmdb' },
  ] as const;
  const files = new Map<FileSetting, Mmdb>();
  const byPath = new Map<string, Mmdb>();
  const problems: string[] = [];
  for (const { setting, valueIn, values, such } of wanted) {
    const path = settings[setting];
    if (path === undefined) continue;
    try {
      // One file may have both, and stands in memory once.
      const file = byPath.get(path) ?? (await readMmdb(path));
      byPath.set(path, file);
      files.set(setting, file);
      if (hasValue(file, valueIn)) continue;
      const what = `${path} has no ${values} in it: it calls itself ${JSON.stringify(file.type)}`;
      problems.push(`enrichment.${setting}: ${what}. Name a file such as ${such}.`);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      problems.push(`enrichment.${setting}: ${error.message}`);
    }
  }
  if (problems.length > 0) return { problems };
  const lookUps = { asn: files.get('asn_file')?.lookUp, country: files.get('country_file')?.lookUp };
  return { enrich: createEnrich(lookUps), files };
}

function hasValue(file: Mmdb, valueIn: (record: unknown) => unknown): boolean {
  for (const record of file.samples()) if (valueIn(record) !== undefined) return true;
  return false;
}
