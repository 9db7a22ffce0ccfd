import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { valueIn } from '../../src/core/documents/value.js';
import { TARGETS } from '../../src/elasticsearch/targets.js';
import type { Assigned, Generation } from '../../src/stages/ports.js';
import { testedSearchServers } from '../servers/search.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { FIXTURES, analysisOf, textAt } from '../support/analysis.js';
import { openWriter, setUp, startTimer } from '../support/elasticsearch-writer.js';
import { IndexRun, TOPICS, assignedOf, recordOf, take } from '../support/index-run.js';

jest.setTimeout(START_TIMEOUT_MS);

const RECORDING = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));

function sourceOf(kind: DocumentKind): string {
  return `${TOPICS[kind]}/0`;
}

/** All partitions, with so many records each at the time of the assignment. */
function assigned(endOffset = 0): readonly Assigned[] {
  const kinds: readonly DocumentKind[] = ['correlation', 'client', 'alert', 'rejection'];
  return kinds.map((kind) => assignedOf(sourceOf(kind), { endOffset }));
}

/** A window as far as the index looks at it. */
function windowOf(id: string, version: number, fields: object = {}, month = '2003-07'): object {
  const mxwarden = { window: { version }, ...fields };
  return { '@timestamp': `${month}-05T00:00:00.000Z`, event: { id }, mxwarden };
}

function alertOf(id: string): object {
  return { '@timestamp': '2026-11-23T00:00:00Z', event: { id, kind: 'alert' } };
}

describe.each([...(await testedSearchServers())])('$name', ({ distribution, start }) => {
  let server: OwnServer;
  let opened: ReturnType<typeof openWriter>;
  let run: IndexRun;
  beforeAll(async () => {
    server = await start();
    await setUp(server.address, { distribution });
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop(), START_TIMEOUT_MS);
  beforeEach(() => {
    opened = openWriter(server.address, { distribution, request_timeout: '5s' });
    run = new IndexRun(opened.writer, { nowMs: () => performance.now(), setTimer: startTimer });
  });
  afterEach(() => opened.close());

  async function ask(path: string, body?: object): Promise<unknown> {
    const answer = await opened.connection.request(body === undefined ? 'GET' : 'POST', path, body);
    if (answer.kind === 'silence' || answer.status >= 300) throw new Error(JSON.stringify(answer));
    return answer.body;
  }

  async function countOf(kind: DocumentKind, query: object = { match_all: {} }): Promise<unknown> {
    const { name } = TARGETS[kind];
    await ask(`/${name}/_refresh`);
    return valueIn(await ask(`/${name}/_count`, { query }), ['count']);
  }

  /** Has documents taken as the records of a partition, and waits until all is settled. */
  async function index(
    generation: Generation,
    kind: DocumentKind,
    values: readonly (object | Buffer | undefined)[],
  ): Promise<void> {
    await take(
      generation,
      sourceOf(kind),
      values.map((value, offset) => recordOf(offset, value)),
    );
    await generation.end();
  }

  test('the documents of a recording are found, each once, also when all is read again', async () => {
    const { correlations, clients, alerts, rejections } = await analysisOf(RECORDING, {
      config: join(FIXTURES, 'dept', 'mxwarden.yaml'),
    });
    const documents: readonly (readonly [DocumentKind, readonly JsonObject[]])[] = [
      ['correlation', correlations],
      ['client', clients],
      ['alert', alerts],
      ['rejection', rejections],
    ];

    for (const endOffset of [0, 1_000_000]) {
      const generation = run.start(assigned(endOffset));
      for (const [kind, those] of documents) await index(generation, kind, those);
    }

    for (const [kind, those] of documents) {
      const ids = new Set(those.map((document) => textAt(document, 'event.id')));
      expect([kind, await countOf(kind)]).toEqual([kind, ids.size]);
      expect(run.committed[sourceOf(kind)]).toBe(those.length);
    }
    expect(run.counts).toMatchObject({ 'alert there': alerts.length, 'rejection there': rejections.length });
    // A search comes before the first shard of an index is ready, where the machine is busy.
    expect(opened.retries.filter(({ text }) => !text.includes('search_phase_execution_exception'))).toEqual([]);
    expect(run.letters).toEqual([]);
  });

  test('a later version replaces a window, an earlier one that comes later stays out, and one of an old epoch is told', async () => {
    const epoch = 2 ** 44;
    const generation = run.start(assigned());

    await index(generation, 'correlation', [windowOf('w', epoch + 7), windowOf('w', epoch + 9)]);
    await index(generation, 'correlation', [windowOf('w', epoch + 8), windowOf('w', 3), windowOf('w', epoch + 9)]);

    expect(run.counts).toEqual({ 'correlation written': 3, 'correlation stale': 1, 'correlation older_epoch': 1 });
    expect(await countOf('correlation', { term: { 'mxwarden.window.version': epoch + 9 } })).toBe(1);
  });

  test('alerts that are read again after the data stream was rolled over stay single', async () => {
    const alerts = Array.from({ length: 30 }, (_, place) => alertOf(`rolled ${place}`));
    const before = Number(await countOf('alert'));
    await index(run.start(assigned()), 'alert', alerts.slice(0, 20));
    await ask(`/${TARGETS.alert.name}/_rollover`, {});

    await index(run.start(assigned(20)), 'alert', alerts);

    expect(run.counts).toEqual({ 'alert written': 30, 'alert there': 20 });
    expect(await countOf('alert')).toBe(before + 30);
  });

  test('what can never be written is buried, and all beside it is written', async () => {
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)},${JSON.stringify(alertOf('deep')).slice(1)}`;
    const notText = Buffer.from(JSON.stringify(alertOf('no text?')));
    notText[notText.indexOf('?')] = 0xff;
    const generation = run.start(assigned());

    await index(generation, 'alert', [
      Buffer.from(JSON.stringify(alertOf('spread over lines'), undefined, 2)),
      Buffer.from(deep),
      Buffer.from('{"event":{"id":"cut'),
      notText,
      alertOf('after them \ud800'),
    ]);
    await index(generation, 'correlation', [
      windowOf('good', 1),
      windowOf('wrong', 1, { smtp: { connects: 'me@example.org' } }),
      { event: { id: 'w' } },
    ]);

    const told = run.letters.map(({ origin, reason, text }) => `${origin} ${reason} ${text}`);
    expect(told.sort()).toEqual([
      expect.stringMatching(/^alerts\/0\/1 rejected 400 (?:document|mapper)_parsing_exception: .* depth /),
      'alerts/0/2 unreadable ',
      expect.stringMatching(
        /^alerts\/0\/3 rejected 400 (?:document|mapper)_parsing_exception: .*\bfailed to parse field \[event.id\]/,
      ),
      expect.stringMatching(
        /^windows\/0\/1 rejected 400 .* failed to parse field \[mxwarden.smtp.connects\] of type \[long\]/,
      ),
      'windows/0/2 no_time ',
    ]);
    expect(told.join()).not.toContain('example.org');
    expect(run.counts).toMatchObject({ 'alert written': 2, 'alert dead': 3, 'correlation written': 1 });
    expect(run.committed).toMatchObject({ [sourceOf('alert')]: 5, [sourceOf('correlation')]: 3 });
    expect(await countOf('alert', { ids: { values: ['spread over lines'] } })).toBe(1);
  });

  test('the server goes away and comes back, and nothing is lost', async () => {
    const windows = (from: number): readonly object[] =>
      Array.from({ length: 500 }, (_, place) => windowOf(`away ${from + place}`, 1, {}, '2005-01'));
    const generation = run.start(assigned());
    await index(generation, 'correlation', windows(0));

    await server.kill();
    const records = windows(500).map((value, place) => recordOf(500 + place, value));
    await take(generation, sourceOf('correlation'), records);
    while (opened.retries.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(run.committed[sourceOf('correlation')]).toBe(500);
    await server.start();
    await opened.writer.flush();
    await generation.end();

    expect(opened.retries.map(({ reason }) => reason)).toContain('no_answer');
    expect(run.committed[sourceOf('correlation')]).toBe(1000);
    expect(await countOf('correlation', { range: { '@timestamp': { gte: '2005-01-01', lt: '2005-02-01' } } })).toBe(
      1000,
    );
  });

  test('a member that takes over while the server is away asks which alerts are there when it is back', async () => {
    await index(run.start(assigned()), 'alert', [alertOf('before')]);
    await server.kill();
    const taking = index(run.start(assigned(2)), 'alert', [alertOf('before'), alertOf('since')]);
    while (opened.retries.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.start();
    await taking;

    expect(run.counts).toEqual({ 'alert written': 2, 'alert there': 1 });
  });
});
