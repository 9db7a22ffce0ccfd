import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { valueIn } from '../../src/core/documents/value.js';
import { startSecuredKafka } from '../servers/kafka.js';
import type { SecuredKafka } from '../servers/kafka-security.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { runProgram } from '../support/program.js';
import { createSite, jsonOf, readEvents, withSettings } from '../support/ship-site.js';

const TIMEOUT_MS = 60_000;
const WRONG = 'n0t-th1s-one';

let server: SecuredKafka;
beforeAll(async () => {
  server = await startSecuredKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-ship-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
  'by %s a wrong password ends the run with what to do, and with the right one all lines are sent',
  async (mechanism) => {
    const site = await createSite({ folder, address: server.address });
    const log = join(folder, 'mail.log');
    const lines = Array.from(
      { length: 100 },
      (_, index) => `2026-11-23T02:01:15Z gpo postfix/smtpd[${index}]: connect from unknown[192.0.2.9]\n`,
    );
    await writeFile(log, lines.join(''));
    const { config = '', state } = await withSettings(site, folder, {
      brokers: [server.saslAddress],
      sasl: { mechanism, username: server.username },
    });
    const command = ['ship', log, '--config', config, '--state', state];

    const refused = await runProgram(command, '', { MXWARDEN_KAFKA_PASSWORD: WRONG });
    const position = valueIn(await jsonOf(state), ['logs', log]);
    const sent = await runProgram(command, '', { MXWARDEN_KAFKA_PASSWORD: server.password });

    expect([refused.code, sent.code]).toEqual([4, 0]);
    expect(refused.stderr).toMatch(/does not let us in: .*Check kafka\.sasl, and MXWARDEN_KAFKA_PASSWORD/);
    expect(position).toEqual([]);
    const said = [refused.stdout, refused.stderr, sent.stdout, sent.stderr].join('');
    expect(said).not.toContain(WRONG);
    expect(said).not.toContain(server.password);
    expect(await readEvents(server.address, site.topics.mail_events, 'mail_event')).toHaveLength(lines.length);
  },
  TIMEOUT_MS,
);
