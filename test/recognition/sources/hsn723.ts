import { readFileSync } from 'node:fs';
import type { Parsed } from '../../../src/parse/line.js';
import type { Case, Count, Source } from '../source.js';

/** What a number in their test cases counts, among our events. */
const COUNTERS: Readonly<Record<string, (event: Parsed) => boolean>> = {
  removedCount: ({ kind }) => kind === 'removed',
  expiredCount: ({ kind }) => kind === 'expired',
  saslFailedCount: ({ kind }) => kind === 'auth_failure',
  smtpdMessagesProcessed: ({ kind }) => kind === 'opened',
  smtpMessagesProcessed: (event) => event.kind === 'delivery' && event.service.endsWith('/smtp'),
  smtpDeferred: (event) => event.kind === 'delivery' && event.status === 'deferred',
  smtpBounced: (event) => event.kind === 'delivery' && event.status === 'bounced',
  bounceNonDelivery: ({ kind }) => kind === 'bounce_queued',
  virtualDelivered: (event) => event.kind === 'delivery' && event.service === 'postfix/virtual',
  postscreenConnects: ({ kind }) => kind === 'screen_connect',
  postscreenConnectsRejected: (event) => event.kind === 'reject' && event.stage === 'CONNECT',
  postscreenRejects: (event) => event.kind === 'reject' && event.stage === 'RCPT',
  postscreenPasses: (event) => event.kind === 'screen_pass' && event.action.startsWith('PASS'),
  postscreenTests: (event) => event.kind === 'screen_hit' && event.action === 'PREGREET',
  postscreenHangups: (event) => event.kind === 'screen_hit' && event.action === 'HANGUP',
  postscreenAccessList: (event) =>
    (event.kind === 'screen_hit' || event.kind === 'screen_pass') && event.action.endsWith('LISTED'),
  psdnsblRankSampleCount: (event) => event.kind === 'screen_hit' && event.action === 'DNSBL',
};

/** Reads the test cases of a Go file: `name: "..."`, lines as strings of their own, and `removedCount: 31`. */
function read(path: string): { cases: readonly Case[]; counts: readonly Count[] } {
  const cases: Case[] = [];
  const counts: Count[] = [];
  const tests = readFileSync(path, 'utf8').split(/^\t\t\tname: /m);
  for (const test of tests.slice(1)) {
    const from = cases.length;
    for (const [, text = ''] of test.matchAll(/^\t+("(?:[^"\\]|\\.)*"),$/gm))
      cases.push({ line: stringOf(text), expected: {} });
    const to = cases.length;
    // A case with labels of its own counts only those services.
    if (test.includes('serviceLabels: ')) continue;
    for (const [, name = '', value = ''] of test.matchAll(/^\t{4}(\w+): +(\d+),$/gm)) {
      const isCounted = COUNTERS[name];
      if (isCounted !== undefined)
        counts.push({
          name: `${name} of ${/^"(.*)"/.exec(test)?.[1] ?? ''}`,
          expected: Number(value),
          from,
          to,
          isCounted,
        });
    }
  }
  return { cases, counts };
}

function stringOf(text: string): string {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : '';
}

export const hsn723: Source = {
  name: 'Hsn723/postfix_exporter',
  licence: 'Apache-2.0',
  path: 'Hsn723-postfix_exporter/exporter/postfix_exporter_test.go',
  read,
  fields: {},
};
