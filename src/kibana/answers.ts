import { KIBANA_SECRETS } from '../config/kibana.js';
import { textAt, valueIn } from '../core/documents/value.js';
import type { Problem } from '../core/errors.js';
import type { Answer } from './client.js';

const TEXT_LENGTH = 400;

/** What to do where Kibana does not know who asks. */
export const LOG_IN = `Check kibana.username and ${KIBANA_SECRETS.password}, or ${KIBANA_SECRETS.apiKey} or ${KIBANA_SECRETS.token}.`;

/** A request that did not come to what it should, with what to do about it. */
export function trouble(request: string, answer: Answer, space: string): Problem {
  return { text: `${request}: ${wordsOf(answer)}.`, remedy: remedyFor(answer, space) };
}

/** The words of an answer that is a refusal, shortened: `HTTP 403 Forbidden: Unable to bulk_create dashboard`. */
export function wordsOf(answer: Answer): string {
  if (answer.kind === 'silence') return answer.text;
  const { status, body } = answer;
  const words = [valueIn(body, ['error']), valueIn(body, ['message'])].filter((word) => typeof word === 'string');
  // A page of a proxy says less than its status.
  const text = typeof body === 'string' && !body.trimStart().startsWith('<') ? body.trim() : words.join(': ');
  return `HTTP ${status} ${text.slice(0, TEXT_LENGTH)}`.trim().replace(/\.$/, '');
}

function remedyFor(answer: Answer, space: string): string {
  if (answer.kind === 'silence')
    return 'Check that Kibana runs, and kibana.url, ca_file and ca_fingerprint; then run this again.';
  const { status } = answer;
  if (status === 401) return LOG_IN;
  if (status === 403)
    return `Give this user or API key the privileges of deploy/roles/setup.json in the space ${space}; then run this again.`;
  if (status === 404) return 'Check kibana.url: it must lead to Kibana, with its base path if it has one.';
  if (status === 400 && wordsOf(answer).includes('-xsrf'))
    return 'Something between removes the header kbn-xsrf: let it through, or name Kibana itself in kibana.url.';
  if (status === 413)
    return 'Raise savedObjects.maxImportPayloadBytes in kibana.yml, or what a proxy lets through; then run this again.';
  if (status === 415) return 'Something between changes the content type: name Kibana itself in kibana.url.';
  return 'Look into the log of Kibana; then run this again.';
}

export function isWell(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
}

export function bodyOf(answer: Answer): unknown {
  return answer.kind === 'answer' ? answer.body : undefined;
}

/** Type and id of an object in an answer. */
export function nameOf(object: unknown, between = ' '): string {
  return `${textAt(object, 'type') ?? ''}${between}${textAt(object, 'id') ?? ''}`;
}
