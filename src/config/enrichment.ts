import * as v from 'valibot';
import { described, settings } from './settings.js';

const file = v.pipe(v.string(), v.minLength(1, 'names no file'), v.title('file'));

/** Files that tell more about clients than their logs do. */
export const enrichment = settings('must be files such as {asn_file: GeoLite2-ASN.mmdb}', {
  asn_file: described(v.optional(file), 'autonomous systems by address (MMDB): ASN or ISP of MaxMind, DB-IP or IPinfo'),
  country_file: described(v.optional(file), 'countries by address (MMDB): Country or City of MaxMind, DB-IP or IPinfo'),
});
export type EnrichmentSettings = v.InferOutput<typeof enrichment>;
