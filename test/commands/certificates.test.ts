import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { belongTogether, readCertificates, readPrivateKey } from '../../src/commands/certificates.js';
import { inFolder } from '../support/analysis.js';

const TLS = join(import.meta.dirname, '..', 'support', 'tls');
const CERTIFICATE = readFileSync(join(TLS, 'certificate.pem'), 'utf8');
const KEY = readFileSync(join(TLS, 'key.pem'), 'utf8');
const DAMAGED = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

type Read = typeof readCertificates;

/** What is read of a file with this text, and what is wrong with it. */
async function readAs(read: Read, text: string): Promise<readonly [string | undefined, readonly string[]]> {
  return inFolder(async (folder) => {
    const file = join(folder, 'file.pem');
    writeFileSync(file, text);
    const problems: string[] = [];
    return [await read(file, 'kafka.ssl.ca_file', problems), problems];
  });
}

test.each<[string, Read, string]>([
  ['a certificate', readCertificates, CERTIFICATE],
  ['several certificates with words between them', readCertificates, `# a\n${CERTIFICATE}# b\n${CERTIFICATE}`],
  ['a key', readPrivateKey, KEY],
])('%s is read', async (_, read, text) => {
  expect(await readAs(read, text)).toEqual([text, []]);
});

test.each<[string, Read, string, RegExp]>([
  ['nothing', readCertificates, '', /^kafka\.ssl\.ca_file: .* holds no certificate.* file of certificates \(PEM\)/],
  ['a key instead of a certificate', readCertificates, KEY, /holds no certificate/],
  ['a damaged certificate', readCertificates, DAMAGED, /holds no certificate, or a damaged one/],
  [
    'a damaged one behind a good one',
    readCertificates,
    CERTIFICATE + DAMAGED,
    /holds no certificate, or a damaged one/,
  ],
  ['a certificate instead of a key', readPrivateKey, CERTIFICATE, /holds no key .* without a passphrase/],
  ['a key with a passphrase', readPrivateKey, encrypted.privateKey, /holds no key .* without a passphrase/],
])('%s is told, with what the file must hold', async (_, read, text, problem) => {
  const [content, problems] = await readAs(read, text);

  expect(content).toBeUndefined();
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(problems.join('')).not.toContain('BEGIN');
});

test('a key is known to be that of a certificate, or not', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  expect(belongTogether(CERTIFICATE, KEY)).toBe(true);
  expect(belongTogether(CERTIFICATE, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toBe(false);
});
