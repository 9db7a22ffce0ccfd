import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { accessMaps } from '../../src/core/respond/access-map.js';
import type { AccessMapOptions } from '../../src/core/respond/access-map.js';
import type { Layer } from '../../src/core/respond/proposal.js';
import { incidentOf, toldOf } from '../support/incidents.js';

/** Each look-up is a program of its own, on a machine that may be busy. */
jest.setTimeout(60_000);

const NEEDED = 'needs postmap and postconf of a Postfix that need not run: apt-get install postfix (as root)';
/** Debian has them where only root looks. */
const PATH = `${String(process.env['PATH'])}:/usr/sbin:/sbin`;

let folder = '';

function run(
  program: string,
  args: readonly string[],
  input = '',
): { readonly out: string; readonly code: number | null } {
  const { error, status, stdout, stderr } = spawnSync(program, ['-c', folder, ...args], {
    encoding: 'utf8',
    input,
    env: { PATH, LC_ALL: 'C' },
  });
  if (error !== undefined) throw new Error(`This test ${NEEDED}. ${error.message}`);
  // What Postfix does not like in a table it says, and goes on.
  return { out: stdout.trimEnd() + stderr, code: status };
}

const ALERTS = [
  incidentOf({ client: '192.0.2.66' }),
  incidentOf({ kind: 'address_harvest', client: '2001:db8:0:1::/64' }),
  incidentOf({ kind: 'address_harvest', client: '192.0.2.67' }, { layer: 'postscreen' }),
  incidentOf({ kind: 'address_harvest', client: '2001:db8:0:2::/64' }, { layer: 'postscreen' }),
  incidentOf({ client: '192.0.2.68' }, { layer: 'submission' }),
  incidentOf({ kind: 'outbound_mass_mailing', user: 'jo' }, { layer: 'user', cautious: 'hold', client: undefined }),
  incidentOf(
    { kind: 'outbound_mass_mailing', user: 'eve\nroot OK', text: 'many\nroot OK' },
    { layer: 'user', cautious: 'hold', client: undefined },
  ),
  incidentOf(
    { kind: 'removed_accounts', client: undefined, recipients: ['gone@example.org', '@example.org'] },
    { layer: 'recipients', client: undefined, writers: ['192.0.2.9\n@example.org OK'] },
  ),
].map((incident) => toldOf(incident));

/** What Postfix finds for keys in a map: of those that it finds, by key. */
type Lookup = (keys: readonly string[]) => Readonly<Record<string, string>>;

function lookups(layer: Layer, options: AccessMapOptions = {}): readonly Lookup[] {
  const [map] = accessMaps(ALERTS, { ...options, layer });
  if (map === undefined) throw new Error(`There is no map of ${layer}.`);
  const path = join(folder, map.file);
  writeFileSync(path, map.text);
  const find =
    (type: string): Lookup =>
    (keys) => {
      const { out } = run('postmap', ['-q', '-', `${type}:${path}`], `${keys.join('\n')}\n`);
      const lines = out === '' ? [] : out.split('\n');
      return Object.fromEntries(lines.map((line) => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']));
    };
  if (map.type === 'cidr') return [find('cidr')];
  const types = run('postconf', ['-m']).out.split('\n');
  // A Postfix without Berkeley DB has lmdb in its place.
  const indexed = types.includes('hash') ? 'hash' : 'lmdb';
  expect(run('postmap', [`${indexed}:${path}`])).toEqual({ out: '', code: 0 });
  return [find(indexed), find('texthash')];
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mxwarden-postmap-'));
  writeFileSync(join(folder, 'main.cf'), 'compatibility_level = 3.6\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Postfix is there to ask', () => {
  expect(run('postconf', ['-d', 'mail_version']).out).toMatch(/^mail_version = /);
});

/** By layer: keys with what is found for them. */
const FOUND: readonly (readonly [Layer, Readonly<Record<string, string>>])[] = [
  [
    'smtpd',
    {
      '192.0.2.66': 'warn_if_reject reject',
      '192.0.2.67': '',
      '192.0.2.6': '',
      '0.0.0.0': '',
      '2001:db8:0:1::1': 'warn_if_reject reject',
      '2001:db8:0:1:ffff::1': 'warn_if_reject reject',
      '2001:db8:0:3::1': '',
    },
  ],
  ['postscreen', { '192.0.2.67': 'reject', '192.0.2.66': '', '2001:db8:0:2::9': 'reject', '2001:db8:0:1::1': '' }],
  ['submission', { '192.0.2.68': 'warn_if_reject reject', '192.0.2.66': '' }],
  ['user', { jo: 'HOLD', joe: '', eve: '', root: '', '#': '' }],
  ['recipients', { 'gone@example.org': '550 5.1.1 User unknown', 'jo@example.org': '', '@example.org': '' }],
];

describe.each(FOUND)('the map of %s', (layer, found) => {
  test('says what is to be done with its keys, and nothing about others', () => {
    const wanted = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== ''));

    for (const lookup of lookups(layer)) expect(lookup(Object.keys(found))).toEqual(wanted);
  });
});

test.each([
  ['ok', 'OK'],
  ['reject', 'REJECT'],
  ['discard', 'DISCARD'],
  ['dunno', 'DUNNO'],
  ['hold', 'HOLD'],
  ['filter', 'FILTER scan:127.0.0.1:10025'],
  ['defer', 'DEFER'],
] as const)('Postfix reads the action %s', (name, value) => {
  const action = name === 'filter' ? { name, destination: 'scan:127.0.0.1:10025' } : { name };

  for (const lookup of lookups('smtpd', { action })) expect(lookup(['192.0.2.66'])).toEqual({ '192.0.2.66': value });
  for (const lookup of lookups('user', { action })) expect(lookup(['jo'])).toEqual({ jo: value });
});
