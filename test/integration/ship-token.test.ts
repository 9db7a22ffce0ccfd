import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runShip } from '../../src/commands/ship.js';
import { startSecuredKafka } from '../servers/kafka.js';
import type { SecuredKafka } from '../servers/kafka-security.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { createSite, readEvents, withSettings } from '../support/ship-site.js';
import { tokenUntil } from '../support/token.js';

const TIMEOUT_MS = 90_000;
const VALID_MS = 10_000;

let server: SecuredKafka;
beforeAll(async () => {
  // As long as a token is valid, and no longer: without it a broker asks for one when a connection begins alone.
  server = await startSecuredKafka({ 'listener.name.sasl.oauthbearer.connections.max.reauth.ms': '3600000' });
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-token-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (index: number): string =>
  `2026-11-23T02:01:15Z gpo postfix/smtpd[${index}]: connect from unknown[192.0.2.9]\n`;

test(
  'a token that expires is waited for until there is a new one in its file, and no line is lost',
  async () => {
    const site = await createSite({ folder, address: server.address });
    const { mail_events: mail } = site.topics;
    const file = join(folder, 'token');
    await writeFile(file, `${tokenUntil(Date.now() + VALID_MS)}\n`);
    const options = await withSettings(site, folder, {
      brokers: [server.saslAddress],
      sasl: { mechanism: 'oauthbearer', token_file: file },
      request_timeout: '2s',
    });
    const log = join(folder, 'mail.log');
    await writeFile(log, line(0));
    const stop = new AbortController();
    const has = (text: string): boolean => site.told.some((each) => each.includes(text));

    const run = runShip([log], { ...options, follow: true }, { ...site.deps, signal: stop.signal });
    let written = 1;
    const writeUntil = async (holds: () => boolean): Promise<void> => {
      while (!holds()) {
        await appendFile(log, line(written));
        written += 1;
        await Promise.race([run, new Promise((resolve) => setTimeout(resolve, 100))]);
      }
    };
    await writeUntil(() => has('What is to be sent waits'));
    expect(site.told.find((each) => each.includes('waits'))).toMatch(/token.*kafka\.sasl\.token_file/);
    await writeFile(file, '');
    await writeUntil(() => written % 20 === 0);
    await writeFile(file, tokenUntil(Date.now() + 300_000));
    await writeUntil(() => has('Kafka takes records again'));
    stop.abort();
    await run;

    const origins = (await readEvents(server.address, mail, 'mail_event')).map(({ origin }) => origin);
    expect(new Set(origins).size).toBe(written);
    expect(site.told.join('\n')).not.toContain('eyJ');
  },
  TIMEOUT_MS,
);
