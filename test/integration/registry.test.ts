import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { findRegistry } from '../servers/registry.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { Server } from '../servers/server.js';

let server: Server;
beforeAll(async () => {
  server = await findRegistry();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

test('a schema is found by the number that it was registered under', async () => {
  const schema = JSON.stringify({ type: 'record', name: 'Line', fields: [{ name: 'text', type: 'string' }] });
  const registered = await fetch(`${server.address}/subjects/${randomUUID()}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  const { id } = v.parse(v.object({ id: v.number() }), await registered.json());

  const found = await fetch(`${server.address}/schemas/ids/${id}`);

  expect(await found.json()).toMatchObject({ schema });
});
