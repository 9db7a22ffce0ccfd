import { isObject, textAt, valueIn } from '../core/documents/value.js';
import type { Problem } from '../core/errors.js';
import { LOG_IN, isWell, trouble, wordsOf } from './answers.js';
import type { Answer } from './client.js';

/** The forms of our objects are of this version. */
const OLDEST = { major: 8, minor: 9 };

/** A version of Kibana. */
export interface Version {
  readonly number: string;
  readonly major: number;
  readonly minor: number;
}

export function isAtLeast({ major, minor }: Version, least: Pick<Version, 'major' | 'minor'>): boolean {
  return major > least.major || (major === least.major && minor >= least.minor);
}

/** Which Kibana it is, if it is one that we can use. */
export function versionOf(answer: Answer, space: string): Version | { readonly problems: readonly Problem[] } {
  const asked = 'GET /api/status';
  const problem = (text: string, remedy: string): { readonly problems: readonly Problem[] } => ({
    problems: [{ text: `${asked}: ${text}`, remedy }],
  });
  if (answer.kind === 'answer' && isSearchServer(answer))
    return problem(
      'what answers is Elasticsearch or OpenSearch, not Kibana.',
      'Set kibana.url to that of Kibana, whose port is 5601 where nobody changed it.',
    );
  if (answer.kind === 'answer' && answer.status === 503)
    return problem(`Kibana is not ready (${wordsOf(answer)}).`, 'Wait a while, then run this again.');
  if (answer.kind === 'silence' || !isWell(answer)) return { problems: [trouble(asked, answer, space)] };
  const found = valueIn(answer.body, ['version', 'number']);
  const number = typeof found === 'string' ? found : '';
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(number) ?? [];
  // It has versions of its own, so that nothing else would tell it from a Kibana that is too old.
  if (answer.headers['osd-name'] !== undefined || (major !== '' && Number(major) < 4))
    return problem(
      `what answers is OpenSearch Dashboards ${number}, for which nothing is made.`,
      'Leave the section kibana out: OpenSearch is for the documents.',
    );
  if (isOfStranger(answer)) return problem('Kibana tells its version to nobody who has not logged in.', LOG_IN);
  if (major === '')
    return problem('what answers is not Kibana.', 'Check kibana.url, with its base path if it has one.');
  const version = { number, major: Number(major), minor: Number(minor) };
  if (isAtLeast(version, OLDEST)) return version;
  return problem(
    `Kibana ${number} is too old: 8.9 is needed.`,
    'Update it, or leave the section kibana out and do without dashboards.',
  );
}

/** Kibana answers those whom it does not know with 200, how it is, and no more: a wrong password as well. */
function isOfStranger({ body }: Extract<Answer, { readonly kind: 'answer' }>): boolean {
  return textAt(body, 'status.overall.level') !== undefined && valueIn(body, ['version']) === undefined;
}

function isSearchServer({ status, body, headers }: Extract<Answer, { readonly kind: 'answer' }>): boolean {
  if (headers['x-elastic-product'] !== undefined) return true;
  const error = valueIn(body, ['error']);
  const isAbsent = typeof error === 'string' && error.startsWith('no handler found for uri');
  return status >= 400 && (isAbsent || isObject(error));
}
