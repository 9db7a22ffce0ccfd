import { COUNT } from '../../tally/tally.js';
import type { Finding } from '../finding.js';
import type { Kind } from '../kinds.js';
import type { MailMeasure, MailSight } from '../mail-sight.js';
import { whole } from '../text.js';

/** A measure that is far above what is usual. */
interface Surge {
  readonly kind: Kind;
  readonly measure: MailMeasure;
  /** Less than this is never told. */
  readonly minimum: number;
  readonly what: string;
}

function surge(sight: MailSight, { kind, measure, minimum, what }: Surge): readonly Finding[] {
  const observed = sight.value(measure);
  const baseline = sight.usual(measure);
  if (baseline === undefined || observed < minimum || !sight.isFarAbove(measure)) return [];
  const text = `${whole(observed)} ${what}, where ${whole(baseline.median)} are usual`;
  return [{ kind, observed, n: observed, expected: baseline.median, baseline, text }];
}

/** The queue grows. Retries of mail that waits make no difference to it. */
export function deferralStorm(sight: MailSight): readonly Finding[] {
  const what = 'messages more came into the queue than left it';
  return surge(sight, { kind: 'deferral_storm', measure: 'backlog', minimum: 20, what });
}

/** Far more POP3 sessions than usual. */
export function pop3Storm(sight: MailSight): readonly Finding[] {
  return surge(sight, { kind: 'pop3_storm', measure: 'pop3_sessions', minimum: 50, what: 'POP3 sessions' });
}

/** Bounces come in, more than the server sent when it sent far more than usual, now or within the day before. */
export function backscatter(sight: MailSight): readonly Finding[] {
  if (sight.value('bounces_in') <= sight.mailing) return [];
  return surge(sight, {
    kind: 'backscatter',
    measure: 'bounces_in',
    minimum: 20,
    what: 'messages from nobody (bounces)',
  });
}

const MOSTLY = 0.5;

/** One user sends far more than any user usually does, and the server transmits far more. A newsletter is known. */
export function outboundMassMailing(sight: MailSight): readonly Finding[] {
  if (!sight.isFarAbove('transmissions')) return [];
  const { users } = sight.tally;
  const [first] = users.heaviest(1, (row) => users.at(row, COUNT));
  if (first === undefined || first.weight < MOSTLY * sight.count('messages.queued')) return [];
  const what = `messages of one user, ${whole(sight.value('transmissions'))} transmissions`;
  return surge(sight, { kind: 'outbound_mass_mailing', measure: 'user_messages', minimum: 50, what }).map(
    (finding) => ({
      ...finding,
      user: first.key,
    }),
  );
}
