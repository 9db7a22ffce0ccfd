import type { Side } from '../event.js';
import { SIDES } from '../event.js';
import type { Correlation } from '../measure/history.js';
import { connectsOf, overRoles } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { entropy } from '../measure/statistics.js';
import { CLIENT, COUNTERS, ROLES } from '../tally/counters.js';
import { COUNT, NEVER } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import type { ClientRow } from './clients.js';
import { FIELDS, nest } from './fields.js';
import type { CorrelationField, FieldValue, JsonObject } from './fields.js';
import { windowFields, windowId } from './window.js';

export type CorrelationDocument = JsonObject;
type Fields = Partial<Record<CorrelationField, FieldValue>>;

/** The correlation document of a window: the paper's numbers, what they are made of, and how sure they are. */
export function correlationDocument(reading: Reading, clients: readonly ClientRow[]): CorrelationDocument {
  const { result, mail } = reading;
  const fields: Fields = {
    ...windowFields(result, 'mxwarden.correlation', windowId(result)),
    ...coverageFields(reading),
    'mxwarden.window.client_error': result.tally.clients.error > 0 ? result.tally.clients.error : undefined,
    ...(mail === undefined ? resolverFields(result.tally) : mailFields(result.tally, mail)),
  };
  const document: Record<string, JsonObject[string]> = {
    ...fields,
    ...counterFields(result.tally, mail === undefined),
  };
  document['mxwarden.top_clients'] = clients.map((client) => nest(client));
  return nest(document);
}

/** Counters by their own names. A resolver's document has those of DNS only; the others are none of its. */
function counterFields(tally: Tally, isResolver: boolean): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const [name] of COUNTERS) {
    const field = `mxwarden.${name}`;
    const isOfResolver = name.startsWith('dns.') || name.startsWith('coverage.dns.') || name.startsWith('window.');
    if (FIELDS.correlation.has(field) && (isOfResolver || !isResolver)) fields[field] = tally.counts[name];
  }
  return fields;
}

function nameFields(tally: Tally): Fields {
  const queries = tally.names.column(COUNT);
  return {
    'mxwarden.dns.distinct_names': tally.names.distinct(),
    'mxwarden.dns.name_entropy': queries.length > 0 ? rounded(entropy(queries)) : undefined,
  };
}

function resolverFields(tally: Tally): Fields {
  const queries = tally.counts['dns.queries'];
  // A refusal may be logged in the window after its query.
  const refused = Math.min(tally.counts['dns.refused'], queries);
  return {
    'mxwarden.dns.distinct_clients': tally.clients.distinct(),
    'mxwarden.dns.refused_share': queries > 0 ? rounded(refused / queries) : undefined,
  };
}

function mailFields(tally: Tally, mail: MailMeasures): Fields {
  return {
    'host.name': mail.server.config.hosts,
    'host.ip': mail.server.config.addresses.map((address) => address.replace(/@.*/, '')),
    'mxwarden.dns.vantage': mail.vantage,
    ...nameFields(tally),
    ...smtpFields(tally, mail),
    ...meeFields(tally, mail),
    ...demandFields(mail),
    ...spanFields('day', mail.day),
    ...spanFields('week', mail.week),
  };
}

function smtpFields(tally: Tally, { mee }: MailMeasures): Fields {
  const { counts, clients } = tally;
  const connects = clients.column(CLIENT.connects).filter((count) => count > 0);
  const isEstimated = mee.exchange.estimated;
  return {
    'mxwarden.smtp.connects': connectsOf(counts),
    'mxwarden.smtp.sessions': overRoles(counts, 'sessions'),
    'mxwarden.smtp.opened': overRoles(counts, 'opened'),
    'mxwarden.smtp.accepted': isEstimated ? mee.exchange.accepted : overRoles(counts, 'accepted'),
    'mxwarden.smtp.accepted_estimated': isEstimated ? true : undefined,
    'mxwarden.smtp.distinct_clients': tally.smtpClients.estimate().count,
    'mxwarden.smtp.client_entropy': connects.length > 0 ? rounded(entropy(connects)) : undefined,
    'mxwarden.smtp.yield': rounded(mee.delivering?.share),
    'mxwarden.smtp.yield_lower': rounded(mee.delivering?.lower),
    'mxwarden.smtp.yield_upper': rounded(mee.delivering?.upper),
    'mxwarden.qmgr.backlog_delta': counts['messages.queued'] - counts['messages.refused'] - counts['qmgr.removed'],
    'mxwarden.reject.distinct_recipients': tally.recipients.distinct(),
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

function coverageFields({ result, lastHeard, mail }: Reading): Fields {
  const fields: Fields = {};
  const sides: readonly Side[] = mail === undefined ? ['dns'] : SIDES;
  for (const side of sides) {
    const { counts } = result.tally;
    const recognised = counts[`coverage.${side}.used`] + counts[`coverage.${side}.unused`];
    const lines = recognised + counts[`coverage.${side}.unrecognised`];
    if (lines > 0) fields[`mxwarden.coverage.${side}.share`] = rounded(recognised / lines);
    if (lastHeard[side] !== NEVER)
      fields[`mxwarden.coverage.${side}.last_heard`] = new Date(lastHeard[side]).toISOString();
  }
  return fields;
}
