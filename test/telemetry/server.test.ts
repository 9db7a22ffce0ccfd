import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/load.js';
import { Vitals } from '../../src/telemetry/health.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { TelemetryServer } from '../../src/telemetry/server.js';
import type { ServerDeps } from '../../src/telemetry/server.js';

const opened: TelemetryServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

/** A server on a port of its own, what it says about, and what it was told of. */
async function openServer(given: Partial<ServerDeps> = {}) {
  const clock = { nowMs: 0 };
  const vitals = new Vitals(['correlate'], { maxSilenceMs: 60_000, sessionMs: 30_000 }, { nowMs: () => clock.nowMs });
  const errors: unknown[] = [];
  const server = await TelemetryServer.open(
    { host: '127.0.0.1', port: 0 },
    { vitals, metrics: new Metrics({ nowMs: () => 0 }), onError: (error) => void errors.push(error), ...given },
  );
  opened.push(server);
  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { server, vitals, clock, errors, ask };
}

describe('/livez', () => {
  test('is 200 while work comes further, and 503 when it does not', async () => {
    const { vitals, clock, ask } = await openServer();
    const live = await ask('/livez');
    expect([live.status, live.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await live.text()).toBe('{"status":"live"}\n');

    vitals.work('correlate');
    clock.nowMs = 90_000;
    const silent = await ask('/livez');
    expect(silent.status).toBe(503);
    expect(await silent.text()).toBe('{"status":"not live","stages":{"correlate":"silent for 90 s"}}\n');
  });
});

describe('/readyz', () => {
  test('is 503 until all is restored', async () => {
    const { vitals, ask } = await openServer();
    vitals.enter('correlate', 'restoring');
    const restoring = await ask('/readyz?verbose');
    expect(restoring.status).toBe(503);
    expect(await restoring.text()).toBe('{"status":"not ready","stages":{"correlate":"restoring"}}\n');

    vitals.enter('correlate', 'ready');
    const ready = await ask('/readyz');
    expect([ready.status, await ready.text()]).toEqual([200, '{"status":"ready"}\n']);
  });
});

describe('/metrics', () => {
  test('is the text that Prometheus reads', async () => {
    const { ask } = await openServer();
    const answer = await ask('/metrics');

    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(await answer.text()).toContain('mxwarden_events_total{outcome="counted"} 0\n');
  });

  test('is 500 without words of the error, which are for the log', async () => {
    const error = new Error('s3cret');
    const { errors, ask } = await openServer({
      metrics: { contentType: 'text/plain', text: () => Promise.reject(error) },
    });
    const answer = await ask('/metrics');

    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('s3cret');
    expect(errors).toEqual([error]);
  });
});

test.each(['/', '/metrics/', '/livez/..%2f', '/toString', '/__proto__', '//livez'])('%s is not there', async (path) => {
  const { ask } = await openServer();

  expect((await ask(path)).status).toBe(404);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is no way to ask', async (method) => {
  const { ask } = await openServer();
  const answer = await ask('/livez', method);

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('HEAD has no body, and the length of one', async () => {
  const { ask } = await openServer();
  const answer = await ask('/livez', 'HEAD');

  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '18', '']);
});

test('it stops though somebody stays connected, and has asked for half', async () => {
  const { server, ask } = await openServer();
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /livez HTTP/1.1\r\nHost: ');
  await (await ask('/livez')).text();
  const closed = once(socket, 'close');
  opened.pop();
  await server.close();
  await server.close();

  await closed;
  await expect(ask('/livez')).rejects.toThrow();
});

test('a header without end is refused', async () => {
  const { server } = await openServer();
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}`);
  const answer = (await once(socket, 'data')).join('');

  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  socket.destroy();
});

describe('an address at which it cannot listen', () => {
  test.each([
    ['127.0.0.1', /^stream\.listen: cannot listen at 127\.0\.0\.1:\d+: .*EADDRINUSE.* or give another port, or off\.$/],
    ['192.0.2.1', /^stream\.listen: cannot listen at 192\.0\.2\.1:\d+: .*EADDRNOTAVAIL.* This machine has no such/],
    ['2001:db8::1', /^stream\.listen: cannot listen at \[2001:db8::1\]:\d+: .* or off\.$/],
  ])('%s says what to do', async (host, problem) => {
    const { server, vitals } = await openServer();
    const second = TelemetryServer.open(
      { host, port: server.port },
      { vitals, metrics: new Metrics({ nowMs: () => 0 }), onError: () => undefined },
    );
    const error: unknown = await second.catch((reason: unknown) => reason);

    expect(error instanceof ConfigError ? error.problems : error).toEqual([expect.stringMatching(problem)]);
  });
});
