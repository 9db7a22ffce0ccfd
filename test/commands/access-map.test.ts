import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runAccessMap } from '../../src/commands/access-map.js';
import type { AccessMapCommandOptions } from '../../src/commands/access-map.js';
import { runAnalyze } from '../../src/commands/analyze.js';
import { ConfigError } from '../../src/config/load.js';
import { DAY_MS } from '../../src/core/time.js';
import { SourceError } from '../../src/files/errors.js';
import { FIXTURES, inFolder, resultsIn, surroundings, valueAt } from '../support/analysis.js';
import { STARTED, incidentOf, alertOf } from '../support/incidents.js';

/** Runs of the whole program take their time on a busy machine. */
jest.setTimeout(60_000);

const RECORDING = join(FIXTURES, 'dept');
const LOGS = ['mail', 'dovecot', 'query'].map((name) => join(RECORDING, `${name}.log.gz`));

async function printed(folder: string, options: AccessMapCommandOptions = {}): Promise<string> {
  let text = '';
  await runAccessMap(folder, options, (piece) => {
    text += piece;
  });
  return text;
}

const entriesIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** A folder with these lines as its alerts. */
function inAlerts<T>(lines: readonly string[], use: (folder: string) => Promise<T>): Promise<T> {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'alerts.ndjson'), lines.map((line) => `${line}\n`).join(''));
    return use(folder);
  });
}

const ALERT = JSON.stringify(alertOf(incidentOf()));

describe('of the recording', () => {
  let text = '';
  let userMap = '';
  let summary: ReturnType<typeof resultsIn>['summary'] | undefined;
  beforeAll(async () => {
    await inFolder(async (out) => {
      await runAnalyze(LOGS, { config: join(RECORDING, 'mxwarden.yaml'), out }, surroundings());
      text = await printed(out);
      userMap = await printed(out, { layer: 'smtpd', action: 'reject' });
      ({ summary } = resultsIn(out));
    });
  });

  test('both clients and the recipients that are gone have entries', () => {
    expect(entriesIn(text)).toEqual([
      '127.0.2.31\twarn_if_reject reject',
      '127.0.2.150\twarn_if_reject reject',
      ...[1, 4, 6, 2, 5, 3].map((n) => `gone${String(n)}@kuma.test\t550 5.1.1 User unknown`),
    ]);
  });

  test('a map of its own is what it prints of a layer', () => {
    expect(entriesIn(userMap)).toEqual(['127.0.2.31\tREJECT', '127.0.2.150\tREJECT']);
  });

  test('the summary says so in short', () => {
    const proposals = summary?.incidents.map(({ kind, proposal }) => [kind, proposal?.layer]);

    expect(proposals).toEqual([
      ['address_harvest', 'smtpd'],
      ['auth_flood', 'smtpd'],
      ['deferral_storm', undefined],
      ['pop3_storm', undefined],
      ['dns_only_surge', undefined],
      ['infected_host', undefined],
      ['removed_accounts', 'recipients'],
    ]);
  });
});

describe('what cannot be read is said', () => {
  test('of a folder that is not there', async () => {
    await inFolder(async (folder) => {
      const missing = join(folder, 'missing');

      await expect(printed(missing)).rejects.toThrow(SourceError);
      await expect(printed(missing)).rejects.toThrow(/alerts\.ndjson: .*ENOENT.*Name the folder of the results/);
    });
  });

  test.each([
    ['a line that is no JSON', '{"a":', /alerts\.ndjson:2 is no JSON/],
    ['a line that is no alert', '{"a":1}', /alerts\.ndjson:2 is no alert of mxwarden: "\{\\"a\\":1\}"/],
    ['a list', '[]', /alerts\.ndjson:2 is no alert/],
  ])('of %s, with its place', async (_, line, message) => {
    await inAlerts([ALERT, line], async (folder) => {
      await expect(printed(folder)).rejects.toThrow(SourceError);
      await expect(printed(folder)).rejects.toThrow(message);
    });
  });

  test('of an earlier folder as well', async () => {
    await inAlerts([ALERT], async (folder) => {
      await expect(printed(folder, { previous: join(folder, 'missing') })).rejects.toThrow(SourceError);
    });
  });

  test('of an incident that is not there, with those that are', async () => {
    await inAlerts([ALERT], async (folder) => {
      const unknown = printed(folder, { incident: 'mail:mx|auth_flood' });

      await expect(unknown).rejects.toThrow(ConfigError);
      await expect(printed(folder, { incident: 'x' })).rejects.toThrow(
        /"x" is none of those in .*; there are:\nmail:mx\|auth_flood\|192\.0\.2\.66\|2026-11-23T02:05:00\.000Z$/,
      );
    });
  });

  test.each([
    [{ action: 'block' }, /line: action: "block" must be warn, defer, hold/],
    [{ action: 'filter' }, /filter:TRANSPORT:DESTINATION/],
    [{ layer: 'dns' }, /line: layer: "dns" must be one of smtpd, postscreen/],
  ])('of %j', async (options, message) => {
    await inAlerts([ALERT], async (folder) => {
      await expect(printed(folder, options)).rejects.toThrow(ConfigError);
      await expect(printed(folder, options)).rejects.toThrow(message);
    });
  });
});

test('entries that expired before the end of the logs are none', async () => {
  await inAlerts([ALERT], async (folder) => {
    expect(entriesIn(await printed(folder))).toHaveLength(1);
    writeFileSync(join(folder, 'summary.json'), JSON.stringify({ end: new Date(STARTED + 8 * DAY_MS).toISOString() }));
    expect(entriesIn(await printed(folder))).toEqual([]);
  });
});

test('a run without incidents proposes nothing', async () => {
  await inAlerts([], async (folder) => {
    expect(await printed(folder)).toContain('# No entry is proposed.');
  });
});

test('the action of all entries can be chosen', async () => {
  await inAlerts([ALERT], async (folder) => {
    expect(entriesIn(await printed(folder, { action: 'filter:scan:dummy' }))).toEqual([
      '192.0.2.66\tFILTER scan:dummy',
    ]);
  });
});

describe('an analysis with earlier results', () => {
  /** A day on which the client of an earlier incident is refused: 60 sessions in each of so many windows of 5 minutes. */
  const log = (windows: number): string => {
    const lines: string[] = [];
    for (let second = 0; second < windows * 300; second += 5) {
      const stamp = new Date(STARTED + 3_600_000 + second * 1000).toISOString();
      const smtpd = `${stamp} mx postfix/smtpd[7]: `;
      const client = 'unknown[192.0.2.66]';
      lines.push(
        `${smtpd}connect from ${client}`,
        `${smtpd}NOQUEUE: reject: CONNECT from ${client}: 554 5.7.1 <${client}>: Client host rejected: Access denied; proto=SMTP`,
        `${smtpd}disconnect from ${client} ehlo=1 quit=1 commands=2`,
      );
    }
    return `${lines.join('\n')}\n`;
  };

  test('tells what came of what they proposed, in its alerts and in its summary', async () => {
    await inAlerts([ALERT], async (previous) => {
      const out = join(previous, 'out');
      const path = join(previous, 'mail.log');
      writeFileSync(path, log(6));
      await runAnalyze([path], { previous, out, server: ['mx=192.0.2.25'], timezone: 'UTC' }, surroundings());
      const { alerts, summary } = resultsIn(out);
      const [told] = alerts.filter((alert) => valueAt(alert, 'mxwarden.effect.verdict') !== undefined);

      expect(told && valueAt(told, 'mxwarden.effect.verdict')).toBe('blocked_still_connecting');
      expect(told && valueAt(told, 'source.address')).toBe('192.0.2.66');
      expect(summary.incidents.map(({ who, effect }) => [who, effect?.verdict])).toContainEqual([
        '192.0.2.66',
        'blocked_still_connecting',
      ]);
    });
  });

  test('may write over them', async () => {
    await inAlerts([ALERT], async (folder) => {
      const path = join(folder, 'mail.log');
      writeFileSync(path, log(6));
      await runAnalyze([path], { previous: folder, out: folder, timezone: 'UTC' }, surroundings());

      expect(JSON.stringify(resultsIn(folder).alerts)).toContain('blocked_still_connecting');
    });
  });

  test('stops where they cannot be read', async () => {
    await inFolder(async (folder) => {
      const small = join(folder, 'small');
      mkdirSync(small);
      cpSync(join(FIXTURES, 'bdat', 'mail.log'), join(small, 'mail.log'));
      const run = runAnalyze([join(small, 'mail.log')], { previous: folder, out: join(folder, 'out') }, surroundings());

      await expect(run).rejects.toThrow(SourceError);
    });
  });
});
