import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Parsed } from '../../../src/parse/line.js';
import { property } from '../source.js';
import type { Case, Source } from '../source.js';

/** NetBIOS and the names that are asked of everybody around: no server is asked. */
const OF_NO_SERVER = new Set(['137', '5353', '5355']);
const UNSET = new Set(['-', '(empty)']);

/** Zeek's own table: `#fields` names the columns of the lines below it. */
function read(path: string): { cases: readonly Case[] } {
  let names: readonly string[] = [];
  const cases: Case[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('latin1').trimEnd().split('\n')) {
    if (line.startsWith('#fields\t')) names = line.split('\t').slice(1);
    // The parser reads the columns' names where Zeek wrote them.
    if (line.startsWith('#')) cases.push({ line, expected: {}, aside: 'header' });
    else {
      const values = line.split('\t');
      const pairs = names.map((name, index): [string, string] => [name, values[index] ?? '-']);
      const known = pairs.filter(([, value]) => !UNSET.has(value));
      const expected: Case['expected'] = { ...Object.fromEntries(known), kind: 'dns' };
      const isOfNoServer = OF_NO_SERVER.has(expected['id.resp_p'] ?? '');
      cases.push({ line, expected, ...(isOfNoServer ? { aside: 'asked of no DNS server' } : {}) });
    }
  }
  return { cases };
}

const seconds = (event: Parsed): number | undefined =>
  event.kind === 'dns' ? Math.floor(event.time / 1000) : undefined;

export const zeek: Source = {
  name: 'brimdata/zed-sample-data, Zeek dns.log',
  licence: 'CC-BY-SA-4.0',
  path: 'zed-sample-data/zeek-default/dns.log.gz',
  read,
  fields: {
    kind: { ours: property('kind') },
    ts: { ours: seconds, normalise: (text) => String(Math.floor(Number(text))) },
    'id.orig_h': { ours: property('client_address') },
    'id.orig_p': { ours: property('client_port') },
    proto: { ours: property('transport') },
    trans_id: { ours: property('id') },
    query: { ours: property('qname') },
    qtype_name: { ours: property('qtype') },
    rcode_name: { ours: property('rcode') },
  },
};
