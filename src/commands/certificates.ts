import { readFile } from 'node:fs/promises';
import { reasonOf } from '../files/errors.js';

/** The text of a file of certificates; where it cannot be read, that is added to the problems. */
export async function readCertificates(
  file: string | undefined,
  setting: string,
  problems: string[],
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    problems.push(`${setting}: ${reasonOf(error)}. It must name a file of certificates (PEM).`);
    return undefined;
  }
}
