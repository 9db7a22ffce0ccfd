import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRegistry } from '../../src/avro/registry.js';
import type { Registry } from '../../src/avro/registry.js';
import { SCHEMAS } from '../../src/avro/schemas.js';
import { findRegistry } from '../servers/registry.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { Server } from '../servers/server.js';

let server: Server;
beforeAll(async () => {
  server = await findRegistry();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

/** A client that knows nothing yet. */
function registryAt(url: string): Registry {
  return createRegistry({ url, timeoutMs: 30_000, absentMs: 0, waitMs: 0 }, { nowMs: () => Date.now() });
}

const recordOf = (...fields: readonly object[]): string => JSON.stringify({ type: 'record', name: 'Line', fields });
const TEXT = { name: 'text', type: 'string' };

describe('a schema', () => {
  test.each(Object.entries(SCHEMAS))('of ours, %s, is found by its number as it was registered', async (_, schema) => {
    const text = JSON.stringify(schema);
    const registered = await registryAt(server.address).register(randomUUID(), text);
    if (registered.kind !== 'registered') throw new Error(registered.why);

    const found = await registryAt(server.address).schemaOf(registered.id);

    expect(JSON.parse(found.kind === 'found' ? found.text : found.why)).toEqual(JSON.parse(text));
  });

  test('keeps its number however often it is registered, and a later version has another one', async () => {
    const subject = randomUUID();
    const [first, again] = [
      await registryAt(server.address).register(subject, recordOf(TEXT)),
      await registryAt(server.address).register(subject, recordOf(TEXT)),
    ];
    const more = { name: 'more', type: ['null', 'long'], default: null };

    const later = await registryAt(server.address).register(subject, recordOf(TEXT, more));

    expect(first).toMatchObject({ kind: 'registered' });
    expect(again).toEqual(first);
    expect(later).toMatchObject({ kind: 'registered' });
    expect(later).not.toEqual(first);
  });

  test('that could not read the records of the one before is refused, with what to do', async () => {
    const subject = randomUUID();
    const registry = registryAt(server.address);
    await registry.register(subject, recordOf(TEXT));
    await setCompatibility(subject, 'BACKWARD');

    const refused = await registry.register(subject, recordOf(TEXT, { name: 'more', type: 'long' }));

    expect(refused).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining("lower the subject's compatibility"),
    });
  });

  test('that nobody registered is absent', async () => {
    expect(await registryAt(server.address).schemaOf(2 ** 31 - 1)).toMatchObject({ kind: 'absent' });
  });
});

async function setCompatibility(subject: string, compatibility: string): Promise<void> {
  const answer = await fetch(`${server.address}/config/${subject}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
  });
  expect(answer.status).toBe(200);
}

test('an address that leads elsewhere on the same server is told from a schema that is absent', async () => {
  const elsewhere = registryAt(`${server.address}/elsewhere`);

  const asked = [await elsewhere.schemaOf(1), await elsewhere.register('a', recordOf(TEXT))];

  for (const answer of asked)
    expect(answer).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('check that its address leads to'),
    });
});
