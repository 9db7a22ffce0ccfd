import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { reasonOf } from '../files/errors.js';

const CERTIFICATES = 'a file of certificates (PEM)';
const KEY = 'a file of a private key (PEM) without a passphrase';
const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The text of a file of certificates; where it cannot be read or holds none, that is added to the problems. */
export async function readCertificates(
  file: string | undefined,
  setting: string,
  problems: string[],
): Promise<string | undefined> {
  const text = await readText(file, setting, CERTIFICATES, problems);
  // TLS leaves out what is no certificate without a word, and nobody is believed then.
  if (text === undefined || holdsCertificates(text)) return text;
  problems.push(`${setting}: ${file ?? ''} holds no certificate, or a damaged one. It must name ${CERTIFICATES}.`);
  return undefined;
}

/** The text of a file of a private key, in the same way. */
export async function readPrivateKey(
  file: string | undefined,
  setting: string,
  problems: string[],
): Promise<string | undefined> {
  const text = await readText(file, setting, KEY, problems);
  if (text === undefined || isPrivateKey(text)) return text;
  problems.push(`${setting}: ${file ?? ''} holds no key that can be used. It must name ${KEY}.`);
  return undefined;
}

/** Whether a certificate, the first one in a text, is of this key. */
export function belongTogether(certificates: string, key: string): boolean {
  return new X509Certificate(certificates).checkPrivateKey(createPrivateKey(key));
}

async function readText(
  file: string | undefined,
  setting: string,
  what: string,
  problems: string[],
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    problems.push(`${setting}: ${reasonOf(error)}. It must name ${what}.`);
    return undefined;
  }
}

function holdsCertificates(text: string): boolean {
  const blocks = text.match(CERTIFICATE_BLOCK) ?? [];
  return blocks.length > 0 && blocks.every((block) => doesNotThrow(() => new X509Certificate(block)));
}

function isPrivateKey(text: string): boolean {
  return doesNotThrow(() => createPrivateKey(text));
}

function doesNotThrow(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
