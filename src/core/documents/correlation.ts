import type { Side } from '../event.js';
import { SIDES } from '../event.js';
import type { Verdict } from '../detect/detector.js';
import { measureCoverage } from '../measure/coverage.js';
import type { Correlation } from '../measure/history.js';
import { connectsOf, overRoles, overVerdicts } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { entropy } from '../measure/statistics.js';
import { CLIENT, COUNTERS, ROLES } from '../tally/counters.js';
import type { Counter } from '../tally/counters.js';
import type { Table } from '../tally/table.js';
import { COUNT, NEVER } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import type { ClientRow } from './clients.js';
import { FIELDS, addFields, objectAt } from './fields.js';
import type { CorrelationField, FieldValue, JsonObject } from './fields.js';
import { windowDocument, windowId } from './window.js';

export type CorrelationDocument = JsonObject;
type Fields = Partial<Record<CorrelationField, FieldValue>>;

/** The correlation document of a window: the paper's numbers, what they are made of, and how sure they are. */
export function correlationDocument(
  reading: Reading,
  clients: readonly ClientRow[],
  verdict?: Verdict,
): CorrelationDocument {
  const { result, mail } = reading;
  const { tally } = result;
  const document = windowDocument(reading, {
    dataset: 'mxwarden.correlation',
    id: windowId(result),
    seen: { hosts: clients.map(({ name }) => name), addresses: clients.map(({ address }) => address) },
  });
  addCounters(document.mxwarden, tally, mail === undefined ? OF_RESOLVERS : PUBLISHED);
  addFields(document, coverageFields(reading));
  addFields(document, boundFields(tally, mail, verdict));
  if (mail === undefined) addFields(document, resolverFields(tally));
  else addMailFields(document, tally, mail);
  if (verdict !== undefined) addFields(document, anomalyFields(verdict, result.final));
  document.mxwarden['top_clients'] = clients;
  return document;
}

/** Counters that are fields of one object of a document. */
interface Group {
  readonly path: readonly string[];
  readonly leaves: readonly { readonly name: string; readonly counter: Counter }[];
}

/** Each counter at its place, found once: a quiet server has documents of nothing but zeros by the hundred thousand. */
function grouped(counters: readonly Counter[]): readonly Group[] {
  const groups = new Map<string, { path: readonly string[]; leaves: { name: string; counter: Counter }[] }>();
  for (const counter of counters) {
    const dot = counter.lastIndexOf('.');
    const path = counter.slice(0, dot);
    const group = groups.get(path) ?? { path: path.split('.'), leaves: [] };
    groups.set(path, group);
    group.leaves.push({ name: counter.slice(dot + 1), counter });
  }
  return [...groups.values()];
}

const published = COUNTERS.map(([name]) => name).filter((name) => FIELDS.correlation.has(`mxwarden.${name}`));
/** Counters that are fields of a document. */
const PUBLISHED = grouped(published);
/** Those of a resolver's document: the others are none of its. */
const OF_RESOLVERS = grouped(published.filter((name) => /^(dns|coverage\.dns|window)\./.test(name)));

function addCounters(root: JsonObject, { counts }: Tally, groups: readonly Group[]): void {
  for (const { path, leaves } of groups) {
    const object = objectAt(root, path);
    for (const { name, counter } of leaves) object[name] = counts.of(counter);
  }
}

function nameFields({ names, counts }: Tally): Fields {
  const distinct = names.distinct().count;
  return {
    'mxwarden.dns.distinct_names': distinct,
    'mxwarden.dns.name_entropy': entropyOf(names, COUNT, { keys: distinct, sum: counts.of('dns.queries') }),
  };
}

/** Entropy of a column; what a table has lost of all keys and their sum counts as that of others. Absent for nothing. */
function entropyOf<C extends string>(
  table: Table<C>,
  column: number,
  all: { readonly keys: number; readonly sum: number },
): number | undefined {
  const counts = table.column(column).filter((count) => count > 0);
  if (table.error === 0) return counts.length > 0 ? rounded(entropy(counts)) : undefined;
  const sum = Math.max(0, all.sum - counts.reduce((total, count) => total + count, 0));
  // Each of the others has one at least.
  return rounded(entropy(counts, { keys: Math.min(sum, Math.max(1, all.keys - counts.length)), sum }));
}

function resolverFields(tally: Tally): Fields {
  const queries = tally.counts.of('dns.queries');
  // A refusal may be logged in the window after its query.
  const refused = Math.min(tally.counts.of('dns.refused'), queries);
  return {
    'mxwarden.dns.distinct_clients': tally.clients.distinct().count,
    'mxwarden.dns.refused_share': queries > 0 ? rounded(refused / queries) : undefined,
  };
}

function addMailFields(document: JsonObject, tally: Tally, mail: MailMeasures): void {
  addFields(document, { 'mxwarden.dns.vantage': mail.vantage });
  // One after the other: to spread them into one object of so many fields costs more than all else of a document.
  addFields(document, nameFields(tally));
  addFields(document, smtpFields(tally, mail));
  addFields(document, meeFields(tally, mail));
  addFields(document, demandFields(mail));
  addFields(document, spanFields('day', mail.day));
  addFields(document, spanFields('week', mail.week));
}

function smtpFields(tally: Tally, { mee }: MailMeasures): Fields {
  const { counts, clients } = tally;
  const distinct = tally.smtpClients.estimate().count;
  const connects = overVerdicts(counts, 'connects');
  const isEstimated = mee.exchange.estimated;
  return {
    'mxwarden.smtp.connects': connectsOf(counts),
    'mxwarden.smtp.sessions': overRoles(counts, 'sessions'),
    'mxwarden.smtp.opened': overRoles(counts, 'opened'),
    'mxwarden.smtp.accepted': isEstimated
      ? Math.max(0, overRoles(counts, 'opened') - overRoles(counts, 'lost_messages'))
      : overRoles(counts, 'accepted'),
    'mxwarden.smtp.accepted_estimated': isEstimated ? true : undefined,
    'mxwarden.smtp.distinct_clients': distinct,
    'mxwarden.smtp.client_entropy': entropyOf(clients, CLIENT.connects, { keys: distinct, sum: connects }),
    'mxwarden.smtp.yield': rounded(mee.delivering?.share),
    'mxwarden.smtp.yield_lower': rounded(mee.delivering?.lower),
    'mxwarden.smtp.yield_upper': rounded(mee.delivering?.upper),
    'mxwarden.qmgr.backlog_delta':
      counts.of('messages.queued') - counts.of('messages.refused') - counts.of('qmgr.removed'),
    'mxwarden.reject.distinct_recipients': tally.recipients.distinct().count,
  };
}

function meeFields(tally: Tally, { mee, dispersion }: MailMeasures): Fields {
  const fields: Fields = {
    'mxwarden.mee.value': rounded(mee.value),
    'mxwarden.mee.undefined': connectsOf(tally.counts) === 0 ? true : undefined,
    'mxwarden.mee.adjusted': rounded(mee.adjusted),
    'mxwarden.mee.lower': rounded(mee.interval?.lower),
    'mxwarden.mee.upper': rounded(mee.interval?.upper),
    'mxwarden.mee.accepted': mee.exchange.accepted,
    'mxwarden.mee.sessions': mee.exchange.sessions,
    'mxwarden.mee.probes': mee.probes,
    'mxwarden.mee.dispersion': rounded(dispersion),
  };
  for (const role of ROLES) fields[`mxwarden.role.${role}.mee_adjusted`] = rounded(mee.byRole[role]);
  return fields;
}

function demandFields({ demand }: MailMeasures): Fields {
  if (demand === undefined) return {};
  return {
    'mxwarden.demand.expected': rounded(demand.expected),
    'mxwarden.demand.rest': rounded(demand.rest),
    'mxwarden.demand.receive': rounded(demand.receive),
    'mxwarden.demand.transmit': rounded(demand.transmit),
    'mxwarden.demand.pop3': rounded(demand.pop3),
    'mxwarden.demand.deferred': rounded(demand.deferred),
    'mxwarden.demand.domains': rounded(demand.domains),
    'mxwarden.demand.m': rounded(demand.m),
    'mxwarden.demand.m_expected': rounded(demand.mExpected),
    'mxwarden.demand.m_paper_k2': rounded(demand.mPaperK2),
    'mxwarden.demand.m_paper_k4': rounded(demand.mPaperK4),
  };
}

function anomalyFields({ kinds, reasons, score, dayType, expectedMee }: Verdict, isFinal: boolean): Fields {
  const isAnomaly = kinds.length > 0;
  return {
    'mxwarden.mee.expected': rounded(expectedMee),
    'mxwarden.anomaly.is_anomaly': isAnomaly,
    'mxwarden.anomaly.score': rounded(score),
    'mxwarden.anomaly.kinds': isAnomaly ? kinds : undefined,
    'mxwarden.anomaly.reasons': isAnomaly ? reasons : undefined,
    'mxwarden.anomaly.day_type': dayType,
    'mxwarden.anomaly.provisional': isFinal ? undefined : true,
  };
}

function spanFields(span: 'day' | 'week', correlation: Correlation | undefined): Fields {
  if (correlation === undefined) return {};
  return {
    [`mxwarden.correlation.${span}.n`]: correlation.n,
    [`mxwarden.correlation.${span}.r_connects`]: rounded(correlation.rConnects),
    [`mxwarden.correlation.${span}.r_from`]: rounded(correlation.rFrom),
    [`mxwarden.correlation.${span}.slope_connects`]: rounded(correlation.slopeConnects),
    [`mxwarden.correlation.${span}.slope_from`]: rounded(correlation.slopeFrom),
  };
}

/** Fields that the sessions of probes are in. */
const FROM_PROBES: readonly CorrelationField[] = [
  'mxwarden.mee.adjusted',
  'mxwarden.mee.lower',
  'mxwarden.mee.upper',
  'mxwarden.mee.sessions',
  'mxwarden.mee.probes',
  'mxwarden.mee.dispersion',
  'mxwarden.role.mx.mee_adjusted',
  'mxwarden.role.submission.mee_adjusted',
];
/** Those that the number of recipient domains is in. */
const FROM_TRANSMISSIONS: readonly CorrelationField[] = [
  'mxwarden.demand.expected',
  'mxwarden.demand.rest',
  'mxwarden.demand.transmit',
  'mxwarden.demand.deferred',
  'mxwarden.demand.domains',
  'mxwarden.demand.m_expected',
  'mxwarden.demand.m_paper_k2',
  'mxwarden.demand.m_paper_k4',
];

/** Those that follow from what was found in this window and in earlier ones. */
const FROM_VERDICT: readonly CorrelationField[] = [
  'mxwarden.mee.expected',
  'mxwarden.anomaly.is_anomaly',
  'mxwarden.anomaly.score',
  'mxwarden.anomaly.kinds',
  'mxwarden.anomaly.reasons',
];

/** Which fields are no exact numbers, since there were more keys than are kept; all others are exact. */
function boundFields(tally: Tally, mail: MailMeasures | undefined, verdict: Verdict | undefined): Fields {
  const { error } = tally.clients;
  const counted = mail === undefined ? estimatedOfResolver(tally) : estimatedOfMail(tally, mail);
  const estimated = verdict?.isEstimated === true ? [...counted, ...FROM_VERDICT] : counted;
  return {
    'mxwarden.window.client_error': error > 0 ? error : undefined,
    'mxwarden.window.estimated': estimated.length > 0 ? estimated : undefined,
  };
}

function estimatedOfResolver({ clients }: Tally): readonly CorrelationField[] {
  return clients.distinct().exact ? [] : ['mxwarden.dns.distinct_clients'];
}

function estimatedOfMail(tally: Tally, { areProbesEstimated }: MailMeasures): readonly CorrelationField[] {
  const fields: CorrelationField[] = [];
  if (!tally.names.distinct().exact) fields.push('mxwarden.dns.distinct_names');
  if (tally.names.error > 0) fields.push('mxwarden.dns.name_entropy');
  if (!tally.smtpClients.estimate().exact) fields.push('mxwarden.smtp.distinct_clients');
  if (tally.clients.error > 0) fields.push('mxwarden.smtp.client_entropy');
  if (!tally.recipients.distinct().exact) fields.push('mxwarden.reject.distinct_recipients');
  if (areProbesEstimated) fields.push(...FROM_PROBES);
  if (!tally.transmissions.estimate().exact) fields.push(...FROM_TRANSMISSIONS);
  return fields;
}

function coverageFields({ result, lastHeard, mail }: Reading): Fields {
  const fields: Fields = {};
  const sides: readonly Side[] = mail === undefined ? ['dns'] : SIDES;
  for (const side of sides) {
    const { counts } = result.tally;
    fields[`mxwarden.coverage.${side}.share`] = measureCoverage(counts, side).share;
    if (lastHeard[side] !== NEVER)
      fields[`mxwarden.coverage.${side}.last_heard`] = new Date(lastHeard[side]).toISOString();
  }
  return fields;
}
