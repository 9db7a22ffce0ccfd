import type { Vantage } from '../identity.js';
import type { Tally } from '../tally/tally.js';
import { connectsOf } from './mee.js';

/** DNS queries of one received session: PTR and A of the client (paper, "Receiving costs 2 queries"). */
const QUERIES_PER_CONNECT = 2;
/** The paper's k, queries of a transmission for each recipient domain: MX and A; it gives 2 or 4. */
const QUERIES_PER_DOMAIN = 2;
const QUERIES_PER_POP3_SESSION = 1;

/** What a mail server's DNS queries are for, by the paper's priors. Numbers of queries, and queries per session (m). */
export interface Demand {
  readonly expected: number;
  /** Queries that nothing explains; negative where the priors expect more than there were. */
  readonly rest: number;
  readonly receive: number;
  readonly transmit: number;
  readonly pop3: number;
  readonly deferred: number;
  /** Recipient domains per transmission (n). */
  readonly domains: number;
  /** (Dq - Np) / Nc. */
  readonly m: number | undefined;
  readonly mExpected: number | undefined;
  /** The paper's m_SMTP; `undefined` where the log shows the misses of a cache only. */
  readonly mPaperK2: number | undefined;
  readonly mPaperK4: number | undefined;
}

/**
 * Dq = a Nc + b N_tr + p Np + d deferred + rest, with the paper's priors a = 2, b = d = k n, p = 1, k = 2. N_tr are the
 * transmissions of smtp that did not end deferred; those that did are the deferred part. n is counted: recipient domains
 * over delivery lines, below 1 where several recipients share a domain. The paper's m_SMTP = 2 + k n (1 - q) with
 * q = N_rec / (N_rec + N_tr), N_rec = Nc.
 */
export function measureDemand(tally: Tally, vantage: Vantage): Demand {
  const { counts } = tally;
  const connects = connectsOf(counts);
  const attempts = counts.of('delivery.attempts');
  const attemptsDeferred = counts.of('delivery.attempts_deferred');
  const domains = attempts > 0 ? Math.min(1, tally.transmissions.estimate().count / attempts) : 1;
  const receive = QUERIES_PER_CONNECT * connects;
  const transmit = QUERIES_PER_DOMAIN * domains * (attempts - attemptsDeferred);
  const deferred = QUERIES_PER_DOMAIN * domains * attemptsDeferred;
  const pop3 = QUERIES_PER_POP3_SESSION * counts.of('pop3.sessions');
  const expected = receive + transmit + deferred + pop3;
  const transmitted = connects + attempts > 0 ? attempts / (connects + attempts) : 0;
  const paper = (k: number): number | undefined =>
    vantage === 'forwarder' ? undefined : QUERIES_PER_CONNECT + k * domains * transmitted;
  const perSession = (queries: number): number | undefined => (connects > 0 ? queries / connects : undefined);
  return {
    expected,
    rest: counts.of('dns.queries') - expected,
    receive,
    transmit,
    pop3,
    deferred,
    domains,
    m: perSession(counts.of('dns.queries') - pop3),
    mExpected: perSession(receive + transmit + deferred),
    mPaperK2: paper(2),
    mPaperK4: paper(4),
  };
}
