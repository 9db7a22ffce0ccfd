import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { barriersIn } from '../support/accessibility.js';
import { FIXTURES, linesOf } from '../support/analysis.js';
import { runProgram } from '../support/program.js';
import { colouredPixels, drawAll, inPage, sidewaysPixels } from '../support/report-page.js';
import type { OpenPage } from '../support/report-page.js';
import { suiteBrowser } from '../support/suite-browser.js';

jest.setTimeout(120_000);

const browser = suiteBrowser();

const RECORDING = join(FIXTURES, 'dept');
const MAIL = join(RECORDING, 'mail.log.gz');
const QUERY = join(RECORDING, 'query.log.gz');
const TIMES = ['--year', '2026', '--timezone', 'UTC'];
const SHORT = ['--window', '30s,1h,1d'];

/** Writes the logs of a case into a folder; returns the command line. */
type Prepare = (folder: string) => readonly string[];

const onlyMail: Prepare = () => [MAIL, ...TIMES, ...SHORT];
const onlyDns: Prepare = () => [QUERY, ...TIMES, ...SHORT, '--dns-host', 'ns1'];
const oneWindow: Prepare = () => [MAIL, QUERY, ...TIMES, '--window', '1d'];
const fewLines: Prepare = () => ['mail.log', 'query.log'].map((name) => join(FIXTURES, 'bdat', name)).concat(TIMES);

/** The recorded mail log, of which the first half has sessions that no program writes. */
function halfUnderstood(folder: string): readonly string[] {
  const lines = linesOf(MAIL).slice(0, 9000);
  const path = join(folder, 'mail.log');
  const broken = lines.map((line, i) =>
    i < lines.length / 2 ? line.replace(': disconnect from', ': parted from') : line,
  );
  writeFileSync(path, broken.join('\n') + '\n');
  return [path, QUERY, ...TIMES, ...SHORT];
}

function emptyLog(folder: string): readonly string[] {
  const path = join(folder, 'mail.log');
  writeFileSync(path, '');
  return [path];
}

/** The recorded server, and quiet ones that ask the same resolver. */
function severalServers(folder: string): readonly string[] {
  const names = ['mx2', 'mx3', 'mx4'];
  const mail = linesOf(MAIL);
  const queries = linesOf(QUERY);
  const ofOthers = (lines: readonly string[], own: RegExp, others: readonly string[]): readonly string[] =>
    others.flatMap((other) => lines.slice(0, 9000).map((line) => line.replace(own, other)));
  const addresses = names.map((_, index) => `192.0.2.${index + 2}`);
  const logs = {
    'mail.log': [
      ...mail,
      ...ofOthers(
        mail,
        / gpo /,
        names.map((name) => ` ${name} `),
      ),
    ],
    'query.log': [
      ...queries,
      ...ofOthers(
        queries,
        / 127\.0\.0\.1#/,
        addresses.map((address) => ` ${address}#`),
      ),
    ],
  };
  const paths = Object.entries(logs).map(([name, lines]) => {
    const path = join(folder, name);
    writeFileSync(path, [...lines].sort(byClock).join('\n') + '\n');
    return path;
  });
  const servers = names.map((name, index) => `${name}=${addresses[index] ?? ''}`);
  return [
    ...paths,
    ...TIMES,
    ...SHORT,
    '--dns-host',
    'ns1',
    ...['gpo=127.0.0.1', ...servers].flatMap((server) => ['--server', server]),
  ];
}

function byClock(a: string, b: string): number {
  const clock = (line: string): string => /\d\d:\d\d:\d\d/.exec(line)?.[0] ?? '';
  return clock(a) < clock(b) ? -1 : Number(clock(a) > clock(b));
}

const folder = mkdtempSync(join(tmpdir(), 'mxwarden-inputs-'));
const reports = new Map<Prepare, Promise<string>>();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The report of a case, which is analysed once. */
function reportOf(prepare: Prepare): Promise<string> {
  const known = reports.get(prepare);
  if (known !== undefined) return known;
  const made = analyse(prepare, join(folder, String(reports.size)));
  reports.set(prepare, made);
  return made;
}

async function analyse(prepare: Prepare, out: string): Promise<string> {
  mkdirSync(out);
  const { code, stderr } = await runProgram(['analyze', ...prepare(out), '--out', out]);
  expect([code, stderr]).toEqual([0, '']);
  return join(out, 'report.html');
}

/** Opens the report of a case. */
async function inReportOf<T>(prepare: Prepare, use: (open: OpenPage) => Promise<T>, width = 1280): Promise<T> {
  return inPage(browser(), await reportOf(prepare), use, { viewport: { width, height: 844 } });
}

describe.each([
  ['several servers', severalServers],
  ['an empty log', emptyLog],
  ['one window', oneWindow],
  ['a mail log alone', onlyMail],
  ['a DNS log alone', onlyDns],
  ['a few lines', fewLines],
  ['a log that is half understood', halfUnderstood],
])('the report of %s', (_name, prepare) => {
  test('complains of nothing, and shows what its legends say', async () => {
    await inReportOf(prepare, async ({ page, complaints }) => {
      await drawAll(page);

      const pixels = Object.entries(await colouredPixels(page));
      expect(pixels.filter(([, count]) => count === 0)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(await barriersIn(page)).toEqual([]);
    });
  });

  test('is no wider than a telephone', async () => {
    await inReportOf(
      prepare,
      async ({ page }) => {
        await drawAll(page);

        expect(await sidewaysPixels(page)).toBe(0);
      },
      390,
    );
  });
});

test('an empty log has a page that says so, without pictures', async () => {
  await inReportOf(emptyLog, async ({ page }) => {
    expect(await page.locator('.sentence').textContent()).toMatch(
      /^No events: nothing was counted in 0 lines of 1 input/,
    );
    expect(await page.locator('.chart').count()).toBe(0);
  });
});

test('what no log tells is neither drawn nor judged', async () => {
  await inReportOf(onlyMail, async ({ page }) => {
    const titles = await page.locator('.picture h3').allTextContents();

    expect(await page.locator('.verdict').textContent()).toContain('No POP3 and no DNS log was read');
    expect(titles.filter((title) => /What the DNS queries are for|for each connection/.test(title))).toEqual([]);
    expect(await page.getByRole('combobox', { name: 'Server' }).count()).toBe(0);
  });
});

test('how much was understood is drawn of the logs of which something was not', async () => {
  const understood = 'How much of the logs was understood';
  await inReportOf(halfUnderstood, async ({ page }) => {
    const picture = page.locator('.picture').filter({ has: page.getByRole('heading', { name: understood }) });

    expect(await picture.locator('.key').allTextContents()).toEqual([expect.stringContaining('mail')]);
    expect(await picture.textContent()).toContain('100 % in each window: dns.');
  });
  await inReportOf(onlyMail, async ({ page }) => {
    expect(await page.locator('.picture h3').allTextContents()).not.toContain(understood);
    expect(await page.locator('.facts').textContent()).toContain('All of them were recognised in every window.');
  });
});

test('a DNS log alone has the pictures of its server', async () => {
  await inReportOf(onlyDns, async ({ page }) => {
    expect(await page.locator('.sentence').textContent()).toContain('dns:ns1');
    expect(await page.locator('.picture h3').allTextContents()).toContain('Queries by type');
  });
});

test('one window can be zoomed, and is the whole', async () => {
  await inReportOf(oneWindow, async ({ page, complaints }) => {
    const range = page.locator('.range');
    const whole = await range.textContent();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Later' }).click();

    expect(await range.textContent()).toBe(whole);
    expect(complaints).toEqual([]);
  });
});

test('each of several servers has its own verdict and numbers', async () => {
  await inReportOf(severalServers, async ({ page }) => {
    const choices = page.getByRole('navigation', { name: 'Servers' }).getByRole('button');
    const told: string[] = [];
    for (const choice of await choices.all()) {
      await choice.click();
      told.push((await page.locator('.sentence, .figures').allTextContents()).join(' '));
    }

    expect(await choices.allTextContents()).toEqual(
      ['mail:gpo', 'mail:mx2', 'mail:mx3', 'mail:mx4', 'dns:ns1'].map((subject) => expect.stringContaining(subject)),
    );
    expect(told[0]).toContain('mail:gpo');
    expect(told[3]).toContain('mail:mx4');
    expect(new Set(told).size).toBe(told.length);
  });
});
