import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { runParse } from '../../src/commands/parse.js';
import type { ParseDeps } from '../../src/commands/parse.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { FIXTURES, inFolder, jsonLines, linesOf, numberAt, surroundings } from '../support/analysis.js';

function surroundingsOf(deps: Pick<ParseDeps, 'print'> & Partial<ParseDeps>): ParseDeps {
  return { ...surroundings(), ...deps };
}

async function printed(files: readonly string[], input: string): Promise<string> {
  let text = '';
  const print = async (piece: string): Promise<void> => {
    text += piece;
  };
  const stdin = Readable.from([Buffer.from(input)]);
  await runParse(files, { timezone: 'UTC', year: '2026' }, surroundingsOf({ stdin, print }));
  return text;
}

async function parsed(files: readonly string[], input = ''): Promise<readonly JsonObject[]> {
  return jsonLines(await printed(files, input));
}

const CONNECT = 'Nov 23 01:57:14 gpo postfix/smtpd[2265]: connect from mx.p1.test[127.0.1.1]';

test('each line is one object, in order, whatever it is', async () => {
  const lines = [
    CONNECT,
    '',
    'a line of no log',
    'Nov 23 01:57:15 gpo cron[7]: (root) CMD (true)',
    `${CONNECT}\r`,
    '\r',
    'Nov 23 01:57:16 gpo postfix/smtpd[2265]: a line that nobody knows',
    '{"json": "of somebody"}',
    '\u0000\u0007\u001b[31m',
    '23-Nov-2026 01:57:14.864 client @0x7f69022a7098 127.0.0.1#50857 (p1.test): query: p1.test IN MX + (127.0.0.1)',
  ];

  const objects = await parsed(['-'], lines.join('\n'));

  expect(objects.map((object) => object.line)).toEqual(lines.map((_, index) => index + 1));
  expect(objects.map((object) => [object.recognised, object.kind ?? object.reason])).toEqual([
    [true, 'connect'],
    [false, 'no_envelope'],
    [false, 'no_envelope'],
    [false, 'unrecognised'],
    [true, 'connect'],
    [false, 'no_envelope'],
    [false, 'unrecognised'],
    [false, 'no_envelope'],
    [false, 'no_envelope'],
    [true, 'dns'],
  ]);
});

test('an event is printed with its fields and its time', async () => {
  expect(await parsed(['-'], CONNECT)).toEqual([
    {
      line: 1,
      recognised: true,
      kind: 'connect',
      time: '2026-11-23T01:57:14.000Z',
      host: 'gpo',
      service: 'postfix/smtpd',
      process_id: 2265,
      client_name: 'mx.p1.test',
      client_address: '127.0.1.1',
    },
  ]);
});

test('lines are numbered through over all files, and over all pieces of a long one', async () => {
  await inFolder(async (folder) => {
    const paths = ['a.log', 'b.log'].map((name) => join(folder, name));
    const lines = 60_000;
    for (const path of paths) writeFileSync(path, `${CONNECT}\n`.repeat(lines));

    const objects = await parsed(paths);

    expect(objects.every((object, index) => object.line === index + 1)).toBe(true);
    expect(objects.length).toBe(2 * lines);
  });
});

test('each line of the lab recordings gets an object', async () => {
  for (const name of ['rejections', 'postscreen', 'content-filter-labelled']) {
    const path = join(FIXTURES, name, 'mail.log');
    const objects = await parsed([path]);

    expect(objects.length).toBe(linesOf(path).length);
    expect(numberAt(objects[objects.length - 1] ?? {}, 'line')).toBe(objects.length);
    expect(objects.filter((object) => object.recognised !== true)).toEqual([]);
  }
});

test('an empty input prints nothing', async () => {
  expect(await parsed(['-'], '')).toEqual([]);
});

test('text in UTF-8 is read as such', async () => {
  const [object] = await parsed(
    ['-'],
    'Nov 23 01:00:00 gpo postfix/qmgr[1]: 3F2A9C: from=<jürgen@käse.example>, size=1, nrcpt=1 (queue active)',
  );

  expect(object?.sender).toBe('jürgen@käse.example');
});

test('without a year it is the last one that is not after the start of the run', async () => {
  const years = async (nowMs: number): Promise<unknown> => {
    let text = '';
    const print = async (piece: string): Promise<void> => {
      text += piece;
    };
    await runParse(['-'], {}, surroundingsOf({ stdin: Readable.from([Buffer.from(CONNECT)]), print, nowMs }));
    return jsonLines(text).map((object) => object.time);
  };

  expect(await years(Date.UTC(2027, 0, 10))).toEqual(['2026-11-23T01:57:14.000Z']);
  expect(await years(Date.UTC(2027, 6, 10))).toEqual(['2026-11-23T01:57:14.000Z']);
});

test('a line of over 64 KiB is too long, also where it is longer than a chunk', async () => {
  for (const length of [65_537, 5_000_000]) {
    const text = await printed(['-'], `${CONNECT}\n${'x'.repeat(length)}\n${CONNECT}\n`);
    const lines = text.split('\n');

    expect(lines.length).toBe(4);
    expect(lines[1]).toBe('{"line":2,"recognised":false,"reason":"too_long"}');
    expect(lines[2]).toBe(lines[0]?.replace('"line":1', '"line":3'));
  }
});

test('what a terminal would obey is escaped', async () => {
  const hostile = '\u0007\u001b[31m\u007f\u009b31m\u2028\u202egpj.exe\u2066';
  const text = await printed(
    ['-'],
    `Nov 23 01:00:00 gpo postfix/qmgr[1]: 3F2A9C: from=<${hostile}>, size=1, nrcpt=1 (queue active)`,
  );

  expect(text).toMatch(/^[ -~]+\n$/);
  expect(jsonLines(text)[0]?.sender).toBe(hostile);
});
