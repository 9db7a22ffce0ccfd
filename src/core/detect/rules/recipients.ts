import { CLIENT } from '../../tally/counters.js';
import { COUNT, TARGET } from '../../tally/tally.js';
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
  const { clients, smtpClients } = sight.tally;
  const refused = sight.count('reject.user_unknown');
  const baseline = sight.usual('user_unknown');
  if (refused < MINIMUM_REJECTS || baseline === undefined || !isFarAbove(refused, baseline)) return [];
  const recipients = unknownRecipients(sight);
  let count = 0;
  let largest = 0;
  let ofAccepted = 0;
  clients.forEachRow((client, row) => {
    const part = clients.at(row, CLIENT.user_unknown);
    if (part === 0) return;
    count += 1;
    largest = Math.max(largest, part);
    if (sight.isAccepted(client)) ofAccepted += part;
  });
  // Clients that were too many to keep came seldom, and those whose mail is accepted do more than that.
  if (clients.error > 0) count = Math.max(count, Math.min(refused, smtpClients.estimate().count));
  if (count < MINIMUM_CLIENTS || largest > LARGEST_SHARE * refused) return [];
  if (refused >= REJECTS_PER_RECIPIENT * recipients || refused - ofAccepted < MOSTLY * refused) return [];
  const text = `${whole(recipients)} recipients that do not exist, tried by ${whole(count)} clients`;
  const { median: expected } = baseline;
  return [{ kind: 'distributed_dictionary', observed: refused, n: refused, expected, baseline, text }];
}

/** How many different recipients that do not exist were tried; an estimate where there were too many to keep. */
function unknownRecipients(sight: MailSight): number {
  const { targets, recipients } = sight.tally;
  if (targets.error > 0) {
    const refused = sight.count('reject.user_unknown');
    return Math.min(refused * sight.differentShare, recipients.distinct().count);
  }
  const different = new Set<string>();
  targets.forEachRow((key, row) => {
    if (targets.at(row, TARGET.user_unknown) > 0) different.add(targetOf(key).recipient);
  });
  return different.size;
}

const REJECTS_OF_REMOVED = 10;
const MOST_REMOVED = 20;
const HALF = 0.5;
const RECIPIENTS_NAMED = 20;

/** A few recipients that do not exist are written to again and again, mostly by clients whose other mail is accepted. */
export function removedAccounts(sight: MailSight): readonly Finding[] {
  const refused = sight.count('reject.user_unknown');
  if (refused < REJECTS_OF_REMOVED) return [];
  const removed = [...(sight.tally.targets.error > 0 ? likelyRemoved(sight) : removedIn(sight))].sort(
    ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  );
  const observed = removed.reduce((sum, [, rejects]) => sum + rejects, 0);
  if (removed.length === 0 || removed.length > MOST_REMOVED || observed < HALF * refused) return [];
  const text = `${whole(observed)} rejections for ${whole(removed.length)} recipients that do not exist, mostly of clients whose other mail is accepted`;
  const recipients = removed.slice(0, RECIPIENTS_NAMED).map(([recipient]) => recipient);
  return [{ kind: 'removed_accounts', observed, n: refused, recipients, text }];
}

/** A recipient with its rejections. */
type Removed = readonly [recipient: string, rejects: number];

/** Recipients that do not exist, and were refused often, mostly to clients whose other mail is accepted. */
function removedIn(sight: MailSight): readonly Removed[] {
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
  return [...byRecipient]
    .filter(([, { rejects, ofAccepted }]) => rejects >= REJECTS_OF_REMOVED && ofAccepted >= HALF * rejects)
    .map(([recipient, { rejects }]) => [recipient, rejects]);
}

/**
 * The same where it is not known which client was refused which recipient, as there were too many of them: recipients that
 * were refused often, if most rejections of the window are for recipients that do not exist, and of accepted clients.
 */
function likelyRemoved(sight: MailSight): readonly Removed[] {
  const { clients, recipients } = sight.tally;
  const refused = sight.count('reject.user_unknown');
  if (refused < MOSTLY * sight.count('reject.total')) return [];
  let ofAccepted = 0;
  clients.forEachRow((client, row) => {
    if (sight.isAccepted(client)) ofAccepted += clients.at(row, CLIENT.user_unknown);
  });
  if (ofAccepted < HALF * refused) return [];
  const removed: Removed[] = [];
  recipients.forEachRow((recipient, row) => {
    const rejects = recipients.at(row, COUNT);
    if (rejects >= REJECTS_OF_REMOVED) removed.push([recipient, rejects]);
  });
  return removed;
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
