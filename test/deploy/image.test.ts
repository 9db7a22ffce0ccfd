import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT, deployed, withNames } from '../support/deploy.js';
import { execForm, onlyOf, stagesIn } from '../support/dockerfile.js';
import type { BuildStage } from '../support/dockerfile.js';
import { objectOf } from '../support/ship-site.js';

const STAGES = stagesIn(deployed('Dockerfile'));
const [BUILD, FINAL] = [STAGES.at(0), STAGES.at(-1)];

function stage(found: BuildStage | undefined): BuildStage {
  if (found === undefined) throw new Error('There is no such stage.');
  return found;
}

describe('the image', () => {
  test('is made of a version of its base that does not move', () => {
    expect(STAGES.length).toBe(2);
    for (const { image } of STAGES) expect(image).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim$/);
  });

  test('has the Node that the package asks for', () => {
    const { engines } = objectOf(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const least = Number(/\d+/.exec(String(objectOf(engines)['node']))?.[0]);
    expect(Number(/\d+/.exec(stage(FINAL).image)?.[0])).toBeGreaterThanOrEqual(least);
  });

  test('runs as somebody who is not root, named by number, after all that is copied', () => {
    const { instructions } = stage(FINAL);
    expect(onlyOf(stage(FINAL), 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const words = instructions.map(({ word }) => word);
    expect(words.lastIndexOf('COPY')).toBeLessThan(words.indexOf('USER'));
  });

  test('needs no shell once it is built, and runs none when it is made', () => {
    expect(onlyOf(stage(FINAL), 'RUN')).toBeUndefined();
    expect(execForm(onlyOf(stage(FINAL), 'ENTRYPOINT') ?? '')).toEqual(['node', 'dist/main.js']);
    expect(execForm(onlyOf(stage(FINAL), 'CMD') ?? '')[0]).toBe('stream');
    expect(healthCommand()[0]).toBe('node');
  });

  test('takes nothing from the build but what it names, and nothing from elsewhere', () => {
    for (const { word } of STAGES.flatMap(({ instructions }) => instructions)) expect(word).not.toBe('ADD');
    const from = stage(FINAL).instructions.flatMap(({ rest }) => /--from=(\S+)/.exec(rest)?.[1] ?? []);
    expect(new Set(from)).toEqual(new Set([stage(BUILD).name]));
  });

  test('gets no file that its build does not copy, and all that it does', () => {
    const copied = STAGES.flatMap(({ instructions }) => instructions)
      .filter(({ word, rest }) => word === 'COPY' && !rest.includes('--from='))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    const [first, ...allowed] = deployed('Dockerfile.dockerignore')
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(first).toBe('*');
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...new Set(copied)].sort());
    expect(allowed.every((line) => line.startsWith('!'))).toBe(true);
  });
});

describe('its health check', () => {
  test.each([
    [200, 0],
    [503, 1],
  ])('an answer of %i ends it with %i', async (status, code) => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    expect(await endOfCheck(port)).toBe(code);
    expect(asked).toEqual(['/livez']);

    server.close();
  });

  test('nobody who answers ends it with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close();
    await once(server, 'close');

    expect(await endOfCheck(port)).toBe(1);
  });
});

function healthCommand(): readonly string[] {
  const [, command = ''] = (onlyOf(stage(FINAL), 'HEALTHCHECK') ?? '').split(/ CMD /);
  return execForm(command);
}

/** The exit code of the health check, asking at another port. */
async function endOfCheck(port: number): Promise<number | null> {
  const [, ...args] = healthCommand();
  const own = args.map((text) =>
    text.startsWith('-') ? text : withNames(text, { '127.0.0.1:9469': `127.0.0.1:${port}` }),
  );
  const check = spawn(process.execPath, own, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'inherit' });
  await once(check, 'exit');
  return check.exitCode;
}
