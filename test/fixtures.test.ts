import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FIELDS } from '../src/core/documents/fields.js';
import type { JsonObject } from '../src/core/documents/fields.js';
import {
  FIXTURES,
  analysisOf,
  inFolder,
  jsonObject,
  linesOf,
  numberAt,
  sumOf,
  textAt,
  valueAt,
} from './support/analysis.js';
import { truth } from './support/truth.js';
import type { Phase } from './support/truth.js';
import type { Analysis } from './support/analysis.js';

/** Runs of the whole program take their time on a busy machine. */
jest.setTimeout(60_000);

const SIZES = ['30s', '1h', '1d'] as const;
const RECORDING = 'dept';
const CASES = readdirSync(FIXTURES).filter((name) => name !== RECORDING);

const LOG = /\.log(\.gz)?$/;
function logsOf(fixture: string): readonly string[] {
  const folder = join(FIXTURES, fixture);
  return readdirSync(folder)
    .filter((name) => LOG.test(name))
    .map((name) => join(folder, name));
}

function rawLinesOf(fixture: string): readonly string[] {
  return logsOf(fixture).flatMap(linesOf);
}

function run(fixture: string): Promise<Analysis> {
  return analysisOf(logsOf(fixture), { config: join(FIXTURES, fixture, 'mxwarden.yaml') });
}

/** Documents of the mail server, or of the resolver, in windows of one size. */
function windowsOf({ correlations }: Analysis, size: string, subject = 'mail:gpo'): readonly JsonObject[] {
  return correlations.filter(
    (document) => textAt(document, 'mxwarden.subject') === subject && textAt(document, 'mxwarden.window.size') === size,
  );
}

const ENFORCED = /: (NOQUEUE|[0-9A-F]+): (reject|milter-reject|milter-discard|proxy-reject|discard): /;
const SERVER_QUERY = /client @\S+ (127\.0\.0\.1|::1)#\d+ .*: query: /;

/** What each counter must come to: the lines of the logs that match. */
const ORACLE: readonly (readonly [string, RegExp])[] = [
  ['mxwarden.smtp.connects', /smtpd\[\d+\]: connect from/],
  ['mxwarden.smtp.sessions', /smtpd\[\d+\]: disconnect from/],
  ['mxwarden.smtp.screen_connects', /postscreen\[\d+\]: CONNECT from/],
  ['mxwarden.smtp.opened', /smtpd\[\d+\]: \w+: client=/],
  ['mxwarden.smtp.auth_failures', /smtpd\[\d+\]: warning: .*: SASL \S+ authentication failed/],
  ['mxwarden.smtp.aborted', /smtpd\[\d+\]: (lost connection|timeout) after /],
  ['mxwarden.messages.queued', /cleanup\[\d+\]: \w+: (resent-)?message-id=/],
  ['mxwarden.messages.local', /pickup\[\d+\]: \w+: uid=/],
  ['mxwarden.messages.bounce', /bounce\[\d+\]: \w+: sender non-delivery notification: /],
  ['mxwarden.qmgr.from', /qmgr\[\d+\]: \w+: from=<[^>]*>, size=/],
  ['mxwarden.qmgr.from_null', /qmgr\[\d+\]: \w+: from=<>, size=/],
  ['mxwarden.qmgr.removed', /qmgr\[\d+\]: \w+: removed$/],
  ['mxwarden.delivery.lines', /: \w+: to=<.*, status=/],
  ['mxwarden.delivery.attempts', /\/smtp\[\d+\]: \w+: to=<.*, status=/],
  ['mxwarden.delivery.sent', /: \w+: to=<.*, status=sent /],
  ['mxwarden.delivery.deferred', /: \w+: to=<.*, status=deferred /],
  ['mxwarden.delivery.bounced', /: \w+: to=<.*, status=bounced /],
  ['mxwarden.pop3.sessions', /pop3-login: (Info: )?Login: /],
  ['mxwarden.pop3.failures', /pop3-login: .*auth failed/],
  ['mxwarden.dns.queries', SERVER_QUERY],
  ['mxwarden.dns.by_type.ptr', / (127\.0\.0\.1|::1)#\d+ .*: query: \S+ IN PTR /],
  ['mxwarden.dns.by_type.mx', / (127\.0\.0\.1|::1)#\d+ .*: query: \S+ IN MX /],
  ['mxwarden.reject.total', ENFORCED],
];

/** The enforced rejections of each reason, by the words of the log. A reason that is not here must have none. */
const REASONS: readonly (readonly [string, RegExp])[] = [
  ['user_unknown', /User unknown in|Recipient address rejected: unverified address/],
  ['relay_denied', /Relay access denied/],
  ['greylist', /Greylisted|450 4\.3\.2 Service currently unavailable/],
  ['dnsbl', /blocked using/],
  ['policy', /Rejected by local policy/],
  ['helo', /Helo command rejected/],
  ['client_rejected', /Client host rejected: Access denied|550 5\.3\.2 Service currently unavailable/],
  ['client_name', /cannot find your hostname/],
  ['sender_domain', /Sender address rejected: Domain not found/],
  ['sender_rejected', /Sender address (rejected: (Access|need|unverified)|triggers DISCARD)/],
  ['recipient_rejected', /Recipient address rejected: Access denied/],
  ['content', /: (header|body) .* from |milter-(reject|discard): END-OF-MESSAGE/],
  ['size', /Message size exceeds fixed limit/],
  ['pipelining', /Improper use of SMTP command pipelining/],
  ['protocol', /550 5\.5\.1 Protocol error/],
];
const REASON_NAMES = [...FIELDS.correlation.keys()]
  .filter(
    (path) =>
      /^mxwarden\.reject\./.test(path) && !/\.(total|sessions|temporary|not_enforced|distinct_recipients)$/.test(path),
  )
  .map((path) => path.slice('mxwarden.reject.'.length));

/** The path of each number of `expected.json` in a document. */
const EXPECTED: readonly (readonly [string, string])[] = [
  ['connects', 'mxwarden.smtp.connects'],
  ['sessions', 'mxwarden.smtp.sessions'],
  ['screen_connects', 'mxwarden.smtp.screen_connects'],
  ['opened', 'mxwarden.smtp.opened'],
  ['accepted', 'mxwarden.smtp.accepted'],
  ['auth_failures', 'mxwarden.smtp.auth_failures'],
  ['lost_connections', 'mxwarden.smtp.aborted'],
  ['queued', 'mxwarden.messages.queued'],
  ['local_queued', 'mxwarden.messages.local'],
  ['bounce_queued', 'mxwarden.messages.bounce'],
  ['from', 'mxwarden.qmgr.from'],
  ['removed', 'mxwarden.qmgr.removed'],
  ['pop3_logins', 'mxwarden.pop3.sessions'],
  ['pop3_failures', 'mxwarden.pop3.failures'],
  ['dns_queries', 'mxwarden.dns.queries'],
  ['delivery_lines', 'mxwarden.delivery.lines'],
  ['attempts', 'mxwarden.delivery.attempts'],
  ['rejects_not_enforced', 'mxwarden.reject.not_enforced'],
  ['rejects_temporary', 'mxwarden.reject.temporary'],
  ...['mx', 'submission', 'reinject'].flatMap((role) =>
    ['sessions', 'opened', 'accepted'].map(
      (name) => [`roles.${role}.${name}`, `mxwarden.role.${role}.${name}`] as const,
    ),
  ),
];

/** Where a document knowingly has another number than the truth, and why. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>> = {
  'aborted-sessions': {
    lost_connections: [12, 'aborted counts the three time-outs as well'],
  },
  bdat: {
    accepted: [9, 'the disconnect line tells neither a BDAT that was broken off nor one given up by RSET'],
    'roles.mx.accepted': [9, 'as above'],
  },
  'content-filter-unlabelled': {
    'roles.mx.opened': [6, "sendmail's message has no orig_client when it comes back; only its session tells"],
    'roles.reinject.opened': [4, 'as above'],
  },
};

describe.each([RECORDING, ...CASES])('%s', (fixture) => {
  let analysis: Analysis;
  let lines: readonly string[];
  beforeAll(async () => {
    analysis = await run(fixture);
    lines = rawLinesOf(fixture);
  });

  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;

  test.each(SIZES)('windows of %s add up to what a grep counts', (size) => {
    const windows = windowsOf(analysis, size);
    const found = Object.fromEntries(ORACLE.map(([path]) => [path, sumOf(windows, path)]));

    expect(found).toEqual(Object.fromEntries(ORACLE.map(([path, pattern]) => [path, count(pattern)])));
  });

  test.each(SIZES)('windows of %s have each rejection under the reason that its words say', (size) => {
    const windows = windowsOf(analysis, size);
    const refused = lines.filter((line) => ENFORCED.test(line));
    const greps = new Map(REASONS);
    const wanted = REASON_NAMES.map((reason) => {
      const pattern = greps.get(reason);
      return [reason, pattern === undefined ? 0 : refused.filter((line) => pattern.test(line)).length];
    });

    const found = REASON_NAMES.map((reason) => [reason, sumOf(windows, `mxwarden.reject.${reason}`)]);

    expect(found).toEqual(wanted);
    expect(sumOf(windows, 'mxwarden.reject.total')).toBe(refused.length);
  });

  test.each(SIZES)('windows of %s have all queries of the resolver', (size) => {
    expect(sumOf(windowsOf(analysis, size, 'dns:gpo'), 'mxwarden.dns.queries')).toBe(count(/: query: /));
  });

  test('every rejection has a document of its own, or is in the number of those left out', () => {
    const rejects = analysis.rejections.filter((document) => valueAt(document, 'mxwarden.rejection.enforced') === true);
    const leftOut = analysis.rejections.filter(
      (document) => valueAt(document, 'mxwarden.rejection.left_out') !== undefined,
    );

    expect(rejects.length + sumOf(leftOut, 'mxwarden.rejection.left_out')).toBe(count(ENFORCED));
    expect(new Set(analysis.rejections.map((document) => textAt(document, 'event.id'))).size).toBe(
      analysis.rejections.length,
    );
  });

  test('each window is given out once', () => {
    const ids = [...analysis.correlations, ...analysis.clients].map((document) => textAt(document, 'event.id'));

    expect(new Set(ids).size).toBe(ids.length);
    expect(analysis.correlations.every((document) => valueAt(document, 'mxwarden.window.final') === true)).toBe(true);
  });

  test('no line is lost: each is counted, recognised but not used, unrecognised, unmapped or dead', () => {
    for (const input of analysis.summary.inputs) {
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
      const { lines: all, counted, unused, unrecognised, foreign, unmapped, dead_letters: dead } = input;
      const ends = [counted, unused, ...[unrecognised, foreign, unmapped].flat().map((row) => row.count)];

      expect([input.source, sum([...ends, ...Object.values(dead)])]).toEqual([input.source, all]);
      expect([input.source, unrecognised, unmapped, sum(Object.values(dead))]).toEqual([input.source, [], [], 0]);
      expect(input.duplicate).toBe(0);
    }
    expect(analysis.summary.inputs.reduce((sum, input) => sum + input.lines, 0)).toBe(lines.length);
    expect(analysis.deadLetters).toEqual([]);
  });
});

describe.each(CASES)('%s', (fixture) => {
  const expected = jsonObject(readFileSync(join(FIXTURES, fixture, 'expected.json'), 'utf8'));
  const known = KNOWN[fixture] ?? {};
  let windows: readonly JsonObject[];
  beforeAll(async () => {
    windows = windowsOf(await run(fixture), '1d');
  });

  test('has the numbers counted by hand', () => {
    const found = EXPECTED.map(([name, path]) => [name, sumOf(windows, path)]);

    expect(found).toEqual(EXPECTED.map(([name]) => [name, known[name]?.[0] ?? numberAt(expected, name)]));
  });

  test('has the rejections counted by hand', () => {
    const found = REASON_NAMES.map((reason) => [reason, sumOf(windows, `mxwarden.reject.${reason}`)] as const);

    expect(Object.fromEntries(found.filter(([, n]) => n > 0))).toEqual(expected.rejects);
  });

  test('has another number only where the table says so', () => {
    for (const [name, [number, why]] of Object.entries(known)) {
      expect(EXPECTED.map(([key]) => key)).toContain(name);
      expect([why, numberAt(expected, name)]).not.toEqual([why, number]);
    }
  });
});

const { phases: PHASES, probe: PROBE } = truth();

/** A number of one client, over the windows in which it is among the top clients. */
function ofClient(windows: readonly JsonObject[], address: string, name: string): number {
  const rows = windows.flatMap(({ mxwarden }) => {
    const clients = typeof mxwarden === 'object' && 'top_clients' in mxwarden ? mxwarden.top_clients : [];
    return Array.isArray(clients) ? clients.map((row: JsonObject) => row) : [];
  });
  return sumOf(
    rows.filter((row) => row.address === address),
    name,
  );
}

describe('the recording', () => {
  let analysis: Analysis;
  beforeAll(async () => {
    analysis = await run(RECORDING);
  });

  /** What was sent, by kind, and the number that must come to it. */
  const SENT: readonly (readonly [string, string, readonly string[], (windows: readonly JsonObject[]) => number])[] = [
    ['messages', 'mail:gpo', ['in', 'out', 'defer'], (windows) => sumOf(windows, 'mxwarden.smtp.accepted')],
    [
      'sessions',
      'mail:gpo',
      ['in', 'out', 'defer', 'probe', 'harvest', 'auth', 'removed'],
      (windows) => sumOf(windows, 'mxwarden.smtp.sessions'),
    ],
    ['POP3 sessions', 'mail:gpo', ['pop'], (windows) => sumOf(windows, 'mxwarden.pop3.sessions')],
    ['probes', 'mail:gpo', ['probe'], (windows) => sumOf(windows, 'mxwarden.smtp.probes')],
    ['failed logins', 'mail:gpo', ['auth'], (windows) => sumOf(windows, 'mxwarden.smtp.auth_failures')],
    ['sessions of the harvester', 'mail:gpo', ['harvest'], (windows) => ofClient(windows, '127.0.2.31', 'sessions')],
    [
      'pairs of A and MX queries of the worm',
      'dns:gpo',
      ['worm'],
      (windows) => ofClient(windows, '127.0.4.77', 'dns_queries') / 2,
    ],
  ];
  const sentIn = (phases: readonly Phase[], kinds: readonly string[]): number =>
    phases.reduce((sum, phase) => sum + kinds.reduce((n, kind) => n + phase.sent(kind), 0), 0);
  const start = (document: JsonObject): number => Date.parse(textAt(document, 'event.start'));
  const end = (document: JsonObject): number => Date.parse(textAt(document, 'event.end'));

  test.each(SENT)('has as many %s as were sent', (_name, subject, kinds, count) => {
    expect(count(windowsOf(analysis, '30s', subject))).toBe(sentIn(PHASES, kinds));
  });

  describe.each(SENT)('has its %s', (_name, subject, kinds, count) => {
    // Windows do not begin with phases: those inside of one have at most what was sent in it, those that touch it at least.
    test.each(PHASES)('of the phase $name in its windows', (phase) => {
      const windows = windowsOf(analysis, '30s', subject);
      const inside = windows.filter((window) => start(window) >= phase.startMs && end(window) <= phase.endMs);
      const touching = windows.filter((window) => end(window) > phase.startMs && start(window) < phase.endMs);
      const sent = sentIn([phase], kinds);

      expect(inside.length).toBeGreaterThanOrEqual(3);
      expect(count(inside)).toBeLessThanOrEqual(sent);
      expect(count(touching)).toBeGreaterThanOrEqual(sent);
    });
  });

  test('has rejects in the phases of harvest and removed accounts only', () => {
    const isOfRejects = (phase: Phase): boolean => phase.sent('harvest') + phase.sent('removed') > 0;
    for (const window of windowsOf(analysis, '30s')) {
      const touched = PHASES.filter((phase) => end(window) > phase.startMs && start(window) < phase.endMs);
      const rejects = numberAt(window, 'mxwarden.reject.total');
      if (!touched.some(isOfRejects)) expect([start(window), rejects]).toEqual([start(window), 0]);
      if (touched.every(isOfRejects)) expect(rejects).toBeGreaterThan(100);
    }
    const removed = PHASES.filter((phase) => phase.incident === 'removed_accounts');
    const [harvest] = PHASES.filter((phase) => phase.incident === 'address_harvest');
    const after = windowsOf(analysis, '30s').filter((window) => start(window) > (harvest?.endMs ?? 0));
    expect(sumOf(after, 'mxwarden.reject.total')).toBe(sentIn(removed, ['removed']));
  });

  test('tells its incidents', () => {
    const told = analysis.summary.incidents.map(({ kind, who }) => [kind, who]);

    expect(told).toEqual(
      PHASES.filter((phase) => phase.incident !== undefined).map(({ incident, client }) => [incident, client]),
    );
  });

  test('has one health probe', () => {
    const [server] = analysis.summary.servers;

    expect(server?.probe_clients).toEqual([PROBE]);
    expect(server?.probes_left_out).toBe(sentIn(PHASES, ['probe']));
  });

  test('tells its server and where it asks DNS from by itself', async () => {
    const found = await analysisOf(logsOf(RECORDING), { window: '30s,1h,1d', year: '2026' });

    expect(found.summary.servers.map(({ subject, addresses }) => [subject, addresses])).toEqual([
      ['mail:gpo', ['127.0.0.1@gpo']],
    ]);
    expect(found.printed).toMatch(/^Found mail server gpo, asks DNS from 127\.0\.0\.1@gpo \(explains (9\d|100) % of /m);
    const counts = (of: Analysis): readonly unknown[] =>
      of.summary.servers.map(({ dns_queries, connects, from, accepted, rejections }) => ({
        dns_queries,
        connects,
        from,
        accepted,
        rejections,
      }));
    expect(counts(found)).toEqual(counts(analysis));
  });
});

describe('a log without years', () => {
  const START = '2026-11-23T01:57:00.000Z';

  test.each([
    ['far before', Date.UTC(2019, 2, 1)],
    ['a year before', Date.UTC(2025, 10, 23)],
    ['far after', Date.UTC(2031, 7, 1)],
  ])('takes the year of the query log next to it when its file is of a time %s', async (_name, writtenMs) => {
    await inFolder(async (folder) => {
      const files = logsOf(RECORDING).map((path) => {
        const copy = join(folder, path.slice(path.lastIndexOf('/') + 1).replace(/\.gz$/, ''));
        writeFileSync(copy, gunzipSync(readFileSync(path)));
        utimesSync(copy, writtenMs / 1000, writtenMs / 1000);
        return copy;
      });

      const { summary } = await analysisOf(files, { window: '30s,1h', server: ['gpo=127.0.0.1'] });

      expect(summary.start).toBe(START);
      expect(summary.servers[0]?.coverage.mail?.last_heard.slice(0, 4)).toBe('2026');
    });
  });

  test('takes that year before the stamp that gzip wrote', async () => {
    await inFolder(async (folder) => {
      const files = logsOf(RECORDING).map((path) => {
        const copy = join(folder, path.slice(path.lastIndexOf('/') + 1));
        const bytes = gzipSync(gunzipSync(readFileSync(path)));
        bytes.writeUInt32LE(Date.UTC(2020, 0, 1) / 1000, 4);
        writeFileSync(copy, bytes);
        return copy;
      });

      const { summary } = await analysisOf(files, { window: '30s,1h', server: ['gpo=127.0.0.1'] });

      expect(summary.start).toBe(START);
    });
  });

  test('without such a log takes the year nearest to its file', async () => {
    await inFolder(async (folder) => {
      const copy = join(folder, 'mail.log');
      writeFileSync(copy, `${linesOf(join(FIXTURES, 'pop3', 'mail.log')).join('\n')}\n`);
      utimesSync(copy, Date.UTC(2025, 0, 2) / 1000, Date.UTC(2025, 0, 2) / 1000);

      const { summary } = await analysisOf([copy], {});

      expect(summary.start?.slice(0, 7)).toBe('2024-11');
    });
  });
});
