import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findBreaches } from './support/architecture.js';

const SRC = join(import.meta.dirname, '..', 'src');

function sourcePaths(): string[] {
  if (!existsSync(SRC)) return [];
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    .map((path) => path.split(sep).join('/'));
}

test('src keeps to the layout', () => {
  const found = sourcePaths().flatMap((path) =>
    findBreaches(path, readFileSync(join(SRC, path), 'utf8')).map(
      ({ line, message }) => `src/${path}:${line} ${message}`,
    ),
  );

  expect(found).toEqual([]);
});

test('there are sources to look at', () => {
  expect(existsSync(SRC) ? sourcePaths().length : 1).toBeGreaterThan(0);
});

describe('the checker accepts', () => {
  test.each([
    ['core/windows/book.ts', `import { a } from '../event.js';`],
    ['core/identity.ts', `import { createHash } from 'node:crypto';`],
    ['core/zone.ts', `import { DateTime } from 'luxon'; const at = DateTime.fromMillis(0, { zone });`],
    ['core/zone.ts', `const at = DateTime.utc(2003, 7, 5);`],
    ['core/address.ts', `import ipaddr from 'ipaddr.js';`],
    ['core/a.ts', `import type { Ecs } from '@elastic/ecs';`],
    ['core/a.ts', `const a = [new Date(0), Date.UTC(2003, 6), Date.parse(text), Math.floor(1.5), x instanceof Date];`],
    ['core/a.ts', `interface Line { process: string; performance: Date } const a = line.process;`],
    ['core/a.ts', `const a = { process: 1, console: 2 }; const { process: id } = a;`],
    ['core/a.ts', `// process.env, Date.now() and import('../kafka/source.js') in a comment`],
    [
      'parse/postfix/smtpd.ts',
      `import type { MailEvent } from '../../core/event.js'; import { s } from '../scanner.js';`,
    ],
    ['parse/envelope.ts', `import { nearestYear } from '../core/time.js'; import { z } from '../core/time/zone.js';`],
    [
      'stages/analyze.ts',
      `import { p } from '../parse/line.js'; import { a } from '../core/a.js'; import './ports.js';`,
    ],
    [
      'config/schema.ts',
      `import * as v from 'valibot'; import { parse } from 'yaml'; import { d } from '../core/defaults.js';`,
    ],
    [
      'kafka/source.ts',
      `import type { Source } from '../stages/ports.js'; import { readFile } from 'node:fs/promises';`,
    ],
    ['kafka/client.ts', `import { Kafka } from 'kafkajs'; export type { Admin } from 'kafkajs';`],
    ['threads/worker.ts', `import { f } from '../stages/fold.js'; import { parentPort } from 'node:worker_threads';`],
    ['files/lines.ts', `import { open } from './open.js'; const later = await import('./gzip.js'); setTimeout(f, 1);`],
    [
      'commands/stream.ts',
      `import { a } from '../kafka/source.js'; import { b } from '../files/lines.js'; import './c.js';`,
    ],
    ['main.ts', `import { analyze } from './commands/analyze.js'; process.exitCode = await analyze(process.argv);`],
  ])('%s: %s', (path, source) => {
    expect(findBreaches(path, source)).toEqual([]);
  });
});

describe('the checker rejects', () => {
  test.each([
    // Borders between folders, in each form that an import can take.
    ['core/a.ts', `import { a } from '../parse/a.js';`],
    ['core/a.ts', `import type { A } from '../parse/a.js';`],
    ['core/a.ts', `import '../parse/a.js';`],
    ['core/a.ts', `export { a } from '../parse/a.js';`],
    ['core/a.ts', `export * from '../parse/a.js';`],
    ['core/a.ts', `export type * from '../parse/a.js';`],
    ['core/a.ts', `const a = await import('../parse/a.js');`],
    ['core/a.ts', `const a = await import(name);`],
    ['core/a.ts', `const a = require('../parse/a.js');`],
    ['core/a.ts', `const a = require.resolve('../parse/a.js');`],
    ['core/a.ts', `import a = require('../parse/a.js');`],
    ['core/a.ts', `type A = import('../parse/a.js').A;`],
    ['core/a.ts', `import { readFileSync } from 'node:fs';`],
    ['core/a.ts', `import { readFileSync } from 'fs';`],
    ['core/a.ts', `import * as v from 'valibot';`],
    ['core/a.ts', `import { EcsFlat } from '@elastic/ecs';`],
    ['core/a.ts', `import type { Config } from 'valibot';`],
    ['parse/a.ts', `import { a } from '../core/tally/count.js';`],
    ['parse/a.ts', `import { a } from '../core/times.js';`],
    ['parse/a.ts', `import { a } from '../core/event/more.js';`],
    ['parse/a.ts', `import { DateTime } from 'luxon';`],
    ['parse/a.ts', `import { createHash } from 'node:crypto';`],
    ['stages/a.ts', `import { a } from '../config/schema.js';`],
    ['stages/a.ts', `import { a } from '../kafka/source.js';`],
    ['stages/a.ts', `import { a } from '../telemetry/log.js';`],
    ['stages/a.ts', `import { a } from 'node:stream';`],
    ['stages/a.ts', `import { a } from '../threads/a.js';`],
    ['config/a.ts', `import { a } from '../parse/a.js';`],
    ['config/a.ts', `import { a } from 'node:fs';`],
    ...['files', 'avro', 'kafka', 'elasticsearch', 'kibana', 'report', 'threads'].map(
      (edge, index, edges): [string, string] => [
        `${edge}/a.ts`,
        `import { a } from '../${edges[(index + 1) % edges.length] ?? ''}/a.js';`,
      ],
    ),
    ['files/a/b.ts', `const a = await import('../../kafka/a.js');`],
    // Packages of one folder.
    ['commands/a.ts', `import type { Kafka } from 'kafkajs';`],
    ['commands/doctor/a.ts', `import { logLevel } from 'kafkajs/src/loggers.js';`],
    ['main.ts', `const { Client } = await import('@elastic/elasticsearch');`],
    ['kafka/a.ts', `import { errors } from '@elastic/elasticsearch/lib/a.js';`],
    ['kafka/a.ts', `import avro from 'avsc';`],
    ['commands/a.ts', `export type { Type } from 'avsc';`],
    ['files/a.ts', `import { compress } from 'snappyjs';`],
    ['commands/a.ts', `import { Registry } from 'prom-client';`],
    ['commands/a.ts', `import { a } from '../main.js';`],
    ['telemetry/a.ts', `import { a } from '../main.js';`],
    ['report/a.ts', `import { a } from '../commands/a.js';`],
    ['telemetry/a.ts', `import { a } from '../commands/a.js';`],
    ['commands/a.ts', `import { a } from '../../test/support/a.js';`],
    ['misc/a.ts', `export {};`],
    ['utils.ts', `export {};`],
    // Clock, randomness, input and output.
    ...['core/a.ts', 'parse/a.ts'].flatMap((path) =>
      [
        'const a = Date.now();',
        `const a = Date['now']();`,
        'const a = Date[member]();',
        'const { now } = Date;',
        'const clock = Date;',
        'const a = Date();',
        'const a = new Date();',
        'const a = new Date;',
        'const a = performance.now();',
        'const a = Math.random();',
        'const { random } = Math;',
        'const a = DateTime.now();',
        'const a = DateTime.utc();',
        'const a = process.env;',
        'const a = { process };',
        'const a = globalThis.process;',
        'setTimeout(f, 1);',
        `console.log('a');`,
        'const a = crypto.randomUUID();',
      ].map((source): [string, string] => [path, source]),
    ),
    ['core/a.ts', `import { randomUUID } from 'node:crypto';`],
    ['core/a.ts', `import { randomUUID as createHash } from 'node:crypto';`],
    ['core/a.ts', `import * as hashes from 'node:crypto';`],
    ['core/a.ts', `import crypto from 'crypto';`],
    // The process belongs to main.
    ['commands/a.ts', 'const a = process.argv;'],
    ['kafka/a.ts', `process.on('SIGTERM', stop);`],
    ['telemetry/a.ts', `import { exit } from 'node:process';`],
    ['telemetry/a.ts', 'const { process: host } = globalThis;'],
  ])('%s: %s', (path, source) => {
    expect(findBreaches(path, source)).not.toEqual([]);
  });
});

test('a breach names its line', () => {
  const found = findBreaches('core/a.ts', `export const a = 1;\n\nimport { b } from '../parse/b.js';\n`);

  expect(found).toEqual([{ line: 3, message: 'core must not import parse/b' }]);
});
