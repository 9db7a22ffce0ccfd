import { stringify } from 'yaml';
import type { Found, Missing } from '../core/discover.js';
import { escapeControls } from '../report/escape-controls.js';
import { scoreText } from '../report/score-text.js';
import { count } from './doctor/finding.js';

const NOT_FOUND: Readonly<Record<Missing, string>> = {
  no_dns_log: 'no DNS query was seen',
  no_connects: 'nobody was seen to connect to its smtpd',
  no_common_time: 'its log and the DNS logs have no time in common',
  few_connects: 'hardly anybody connected to its smtpd while DNS queries were logged: wait for more',
  not_looked_up: 'no DNS client looked up enough of those who connected to its smtpd',
};

/** A server that was found, as an entry of `servers:` in YAML with the evidence; its id, new among `ids`, is added to them. */
export function entryOf(found: Found, ids: Set<string>): string {
  const { hosts, addresses, services } = found.server;
  const id = newId(found.server.id, ids);
  const entry = {
    id,
    ...(hosts.length === 1 && hosts[0] === id ? {} : { hosts }),
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(Object.keys(services).length > 0 ? { services } : {}),
  };
  return entryText(entry, evidence(found));
}

const ID_CHARS = 100;

/** An id may not have all that a host in a log may have. */
function newId(host: string, ids: Set<string>): string {
  const plain = host.replace(/[^\w.-]/g, '_').slice(0, ID_CHARS - 4);
  let id = plain;
  for (let number = 2; ids.has(id); number += 1) id = `${plain}-${number}`;
  ids.add(id);
  return id;
}

/** What tells that it is a mail server, and where it asks DNS from. */
export function evidence({ scores, connects, missing, server }: Found): readonly string[] {
  const roles = Object.keys(server.services).map((label) => `a content filter hands mail back to ${label}`);
  if (missing !== undefined) {
    const seen = connects > 0 ? ` (${count(connects, 'connection')})` : '';
    return [`where it asks DNS from was not found: ${NOT_FOUND[missing]}${seen}`, ...roles];
  }
  return [...scores.map((score) => `asks DNS from ${score.address}: ${scoreText(score)}`), ...roles];
}

/** An entry of `servers:`, below comments. */
export function entryText(entry: object, comments: readonly string[]): string {
  const lines = stringify([entry], { lineWidth: 0, flowCollectionPadding: false }).trimEnd().split('\n');
  return [...comments.map((text) => `  # ${escapeControls(text)}`), ...lines.map((line) => `  ${line}`)].join('\n');
}
