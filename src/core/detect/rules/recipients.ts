import { CLIENT } from '../../tally/counters.js';
import { TARGET } from '../../tally/tally.js';
import { isFarAbove } from '../baseline.js';
import type { Finding } from '../finding.js';
import { targetOf } from '../mail-sight.js';
import type { MailSight } from '../mail-sight.js';
import { whole } from '../text.js';

const MINIMUM_REJECTS = 30;
const REJECTS_PER_RECIPIENT = 2;
const MINIMUM_CLIENTS = 10;
const LARGEST_SHARE = 0.3;
const MOSTLY = 0.8;

/** Many clients without accepted mail try recipients that do not exist, each recipient hardly twice. */
export function distributedDictionary(sight: MailSight): readonly Finding[] {
  const { clients, targets } = sight.tally;
  const refused = sight.count('reject.user_unknown');
  const baseline = sight.usual('user_unknown');
  if (refused < MINIMUM_REJECTS || baseline === undefined || !isFarAbove(refused, baseline)) return [];
  const recipients = new Set<string>();
  targets.forEachRow((key, row) => {
    if (targets.at(row, TARGET.user_unknown) > 0) recipients.add(targetOf(key).recipient);
  });
  const byClient: number[] = [];
  let ofStrangers = 0;
  clients.forEachRow((client, row) => {
    const part = clients.at(row, CLIENT.user_unknown);
    if (part === 0) return;
    byClient.push(part);
    if (!sight.isAccepted(client)) ofStrangers += part;
  });
  if (byClient.length < MINIMUM_CLIENTS || Math.max(...byClient) > LARGEST_SHARE * refused) return [];
  if (refused >= REJECTS_PER_RECIPIENT * recipients.size || ofStrangers < MOSTLY * refused) return [];
  const text = `${whole(recipients.size)} recipients that do not exist, tried by ${whole(byClient.length)} clients`;
  const { median: expected } = baseline;
  return [{ kind: 'distributed_dictionary', observed: refused, n: refused, expected, baseline, text }];
}

const REJECTS_OF_REMOVED = 10;
const MOST_REMOVED = 20;
const HALF = 0.5;
const RECIPIENTS_NAMED = 20;

/** A few recipients that do not exist are written to again and again, mostly by clients whose other mail is accepted. */
export function removedAccounts(sight: MailSight): readonly Finding[] {
  const refused = sight.count('reject.user_unknown');
  if (refused < REJECTS_OF_REMOVED) return [];
  const { targets } = sight.tally;
  const byRecipient = new Map<string, { rejects: number; ofAccepted: number }>();
  targets.forEachRow((key, row) => {
    const rejects = targets.at(row, TARGET.user_unknown);
    if (rejects === 0) return;
    const { client, recipient } = targetOf(key);
    const sum = byRecipient.get(recipient) ?? { rejects: 0, ofAccepted: 0 };
    byRecipient.set(recipient, sum);
    sum.rejects += rejects;
    if (sight.isAccepted(client)) sum.ofAccepted += rejects;
  });
  const removed = [...byRecipient]
    .filter(([, { rejects, ofAccepted }]) => rejects >= REJECTS_OF_REMOVED && ofAccepted >= HALF * rejects)
    .sort(([a, one], [b, other]) => other.rejects - one.rejects || (a < b ? -1 : 1));
  const observed = removed.reduce((sum, [, { rejects }]) => sum + rejects, 0);
  if (removed.length === 0 || removed.length > MOST_REMOVED || observed < HALF * refused) return [];
  const text = `${whole(observed)} rejections for ${whole(removed.length)} recipients that do not exist, mostly of clients whose other mail is accepted`;
  const recipients = removed.slice(0, RECIPIENTS_NAMED).map(([recipient]) => recipient);
  return [{ kind: 'removed_accounts', observed, n: refused, recipients, text }];
}

const CLIENTS = 5;
const MINIMUM_OF_CLIENT = 20;

/** An own host or a partner is refused, or fails to log in, again and again. */
export function misconfiguredClient(sight: MailSight): readonly Finding[] {
  const { clients } = sight.tally;
  const { server } = sight.mail;
  // Greylisting only asks a client to come again.
  const troubles = (row: number, column: number): number =>
    clients.at(row, column) - (column === CLIENT.rejects ? clients.at(row, CLIENT.greylisted) : 0);
  return [CLIENT.rejects, CLIENT.auth_failures].flatMap((column) =>
    sight
      .heaviest(CLIENTS, column)
      .filter(
        ({ key, row }) => troubles(row, column) >= MINIMUM_OF_CLIENT && (server.isOwn(key) || server.isPartner(key)),
      )
      .map(({ key: client, row }): Finding => {
        const observed = troubles(row, column);
        const n = Math.max(observed, clients.at(row, CLIENT.connects));
        const what = column === CLIENT.rejects ? 'rejections' : 'failed log-ins';
        const text = `${whole(observed)} ${what} of ${server.isOwn(client) ? 'an own host' : 'a partner'}`;
        return { kind: 'misconfigured_client', client, observed, n, text };
      }),
  );
}
