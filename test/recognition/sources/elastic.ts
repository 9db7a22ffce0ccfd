import { readFileSync } from 'node:fs';
import type { Parsed } from '../../../src/parse/line.js';
import { property } from '../source.js';
import type { Case, Field, Source } from '../source.js';

/** Each document that their pipeline makes of a line, with the line in it. */
function read(path: string): { cases: readonly Case[] } {
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const documents = at(content, 'expected');
  if (!Array.isArray(documents)) throw new Error(`${path} holds no documents.`);
  return { cases: documents.map(caseOf) };
}

/** What stands under a dotted path. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>(memberOf, value);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function caseOf(document: unknown): Case {
  const line = at(document, 'event.original');
  if (typeof line !== 'string') throw new Error('A document lacks its line.');
  const names = Object.keys(FIELDS).filter((name) => name !== 'kind');
  const values = names.map((name): [string, string] => [name, textOf(at(document, name))]);
  const expected = Object.fromEntries(values.filter(([, value]) => value !== ''));
  // A transfer of a zone has a name and a class as well, the validation of an answer a name and a type.
  const isQuery = ['name', 'type', 'class'].every((name) => `dns.question.${name}` in expected);
  return { line, expected: isQuery ? { ...expected, kind: 'dns' } : expected };
}

const FIELDS: Readonly<Record<string, Field>> = {
  kind: { ours: property('kind') },
  'client.ip': { ours: property('client_address') },
  'client.port': { ours: property('client_port') },
  'dns.question.name': { ours: property('qname') },
  'dns.question.type': { ours: property('qtype') },
  'dns.question.class': { ours: property('qclass') },
  'dns.response_code': { ours: property('rcode') },
  'network.transport': { ours: property('transport') },
  'host.domain': { ours: hostOf },
  'infoblox_nios.log.dns.view': { ours: property('view') },
};

/** The resolver of a query, the host of another line. */
function hostOf(event: Parsed): string | undefined {
  return event.kind === 'dns' ? event.resolver : property('host')(event)?.toString();
}

export const infoblox: Source = {
  name: 'elastic/integrations, infoblox_nios',
  licence: 'Elastic-2.0',
  path: 'elastic-integrations/packages/infoblox_nios/data_stream/log/_dev/test/pipeline/test-dns.log-expected.json',
  read,
  fields: FIELDS,
};

export const elasticZeek: Source = {
  name: 'elastic/integrations, zeek dns',
  licence: 'Elastic-2.0',
  path: 'elastic-integrations/packages/zeek/data_stream/dns/_dev/test/pipeline/test-dns.log-expected.json',
  read,
  fields: FIELDS,
};
