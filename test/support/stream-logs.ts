import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIXTURES, linesOf } from './analysis.js';
import { createRandom } from './random.js';
import { mmdbOf } from './mmdb.js';

/** Ten minutes of the recording, from 02:00 on, and the ten after them as if they were of another server at the same time. */
const FIRST = '02:0';
const SECOND = '02:1';

/** All times lie before the day on which the tests run, whatever clock the machine has. */
export const YEAR = 2024;
const DAY = 'Nov 23';

/** A log of its own for each partition: hosts are chosen so that their keys are of different ones of four. */
interface Part {
  readonly name: string;
  readonly from: string;
  readonly tens: string;
  readonly rewrite: (line: string) => string;
}

const asHost = (host: string) => (line: string) => `${line.slice(0, 15)} ${host}${line.slice(line.indexOf(' ', 16))}`;
const earlier = (line: string): string => line.replace(SECOND, FIRST);
const asSyslog = (host: string) => (line: string) =>
  `${DAY} ${line.slice(12, 20)} ${host} named[53]:${line.slice(line.indexOf(' client'))}`;

const PARTS: readonly Part[] = [
  { name: 'gpo-mail.log', from: 'mail.log.gz', tens: FIRST, rewrite: (line) => line },
  { name: 'pop-mail.log', from: 'dovecot.log.gz', tens: FIRST, rewrite: asHost('pop') },
  { name: 'mx3-mail.log', from: 'mail.log.gz', tens: SECOND, rewrite: (line) => earlier(asHost('mx3')(line)) },
  { name: 'ns1-query.log', from: 'query.log.gz', tens: FIRST, rewrite: asSyslog('ns1') },
  { name: 'ns3-query.log', from: 'query.log.gz', tens: SECOND, rewrite: (line) => earlier(asSyslog('ns3')(line)) },
];

/** What a stream and `analyze` are to count alike: servers with roles, networks and resolvers, enriched, and a small cap. */
export const COUNTING = {
  timezone: 'UTC',
  year: YEAR,
  windows: ['30s', '5m', '1h'],
  out_of_orderness: '5s',
  allowed_lateness: '1m',
  client_cap: 50,
  recipients: 'address',
  servers: [
    {
      id: 'gpo',
      hosts: ['gpo', 'pop'],
      addresses: ['127.0.0.1@ns1'],
      own_networks: ['127.0.0.1/32', '127.0.6.0/24'],
      services: { 'postfix/smtpd': 'mx' },
      probes: ['127.0.5.5'],
    },
    { id: 'mx3', addresses: ['127.0.0.1@ns3'], own_networks: ['127.0.0.1/32'], partners: ['127.0.1.0/24'] },
  ],
} as const;

/** Writes the logs of a test and the files that enrich them into a folder. */
export async function writeLogs(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    PARTS.map(async ({ name, from, tens, rewrite }) => {
      const lines = linesOf(join(FIXTURES, 'dept', from)).filter((line) => line.includes(tens) && isAt(line, tens));
      const path = join(folder, name);
      await writeFile(path, `${lines.map(rewrite).join('\n')}\n`);
      return path;
    }),
  );
}

function isAt(line: string, tens: string): boolean {
  return line.startsWith(tens, 7) || line.startsWith(tens, 12);
}

/** Files that tell autonomous systems and countries of the recording's clients. */
export async function writeEnrichment(folder: string): Promise<{ asn_file: string; country_file: string }> {
  const files = { asn_file: join(folder, 'asn.mmdb'), country_file: join(folder, 'country.mmdb') };
  const asn = (number: number, name: string) => ({
    autonomous_system_number: number,
    autonomous_system_organization: name,
  });
  await writeFile(
    files.asn_file,
    mmdbOf({
      type: 'GeoLite2-ASN',
      networks: { '127.0.2.0/24': asn(64_500, 'Example Access'), '127.0.4.0/24': asn(64_501, 'Example Campus') },
    }),
  );
  await writeFile(
    files.country_file,
    mmdbOf({
      type: 'GeoLite2-Country',
      networks: { '127.0.1.0/24': { country: { iso_code: 'JP' } }, '127.0.2.0/24': { country: { iso_code: 'AT' } } },
    }),
  );
  return files;
}

/** The same logs in another order of lines, as far as that is allowed, with some lines that come too late or too early. */
export async function writeDisorder(folder: string): Promise<readonly string[]> {
  const files = await writeLogs(folder);
  const random = createRandom(1);
  for (const file of files) {
    const lines = linesOf(file);
    const mixed: string[] = [];
    for (let from = 0; from < lines.length;) {
      // What is mixed is of some seconds, of those that the settings allow.
      const startS = secondOf(lines[from] ?? '');
      let to = from;
      while (to < lines.length && to - from < MIXED && secondOf(lines[to] ?? '') - startS < MIXED_S) to += 1;
      const part = lines.slice(from, to);
      for (let at = part.length - 1; at > 0; at -= 1) {
        const other = random(at + 1);
        [part[at], part[other]] = [part[other] ?? '', part[at] ?? ''];
      }
      mixed.push(...part);
      from = to;
    }
    const [host = ''] = /(?<=^.{15} )\S+/.exec(lines[0] ?? '') ?? [];
    if (file.includes('mail'))
      for (const [index, line] of strays(host).entries()) mixed.splice((index + 3) * 900, 0, line);
    await writeFile(file, `${mixed.join('\n')}\n`);
  }
  return files;
}

const MIXED = 400;
const MIXED_S = 3;

function secondOf(line: string): number {
  return Number(line.slice(10, 12)) * 60 + Number(line.slice(13, 15));
}

/** Lines that no window takes any more, and lines of a time that is not yet. */
function strays(host: string): readonly string[] {
  const line = (stamp: string, number: number): string =>
    `${stamp} ${host} postfix/smtpd[${String(number)}]: connect from unknown[192.0.2.${String(number)}]`;
  return [
    line(`${DAY} 00:10:00`, 1),
    line('2190-01-01T00:00:00Z', 2),
    line(`${DAY} 00:11:00`, 3),
    line('2190-01-01T00:00:01Z', 4),
  ];
}
