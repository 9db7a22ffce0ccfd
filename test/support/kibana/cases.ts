import { REASONS } from '../../../src/core/event.js';
import type { DocumentKind, JsonObject } from '../../../src/core/documents/fields.js';

const TIME = '2003-07-05T00:00:00.000Z';

/** A document with its kind, made to be found or not. */
export interface Case {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly document: JsonObject;
}

function caseOf(kind: DocumentKind, id: string, event: JsonObject, fields: JsonObject): Case {
  const common = { module: 'mxwarden', dataset: `mxwarden.${kind}`, id };
  return {
    kind,
    id,
    document: {
      ...fields,
      '@timestamp': TIME,
      event: { ...common, ...event },
      observer: { vendor: 'mxwarden' },
    },
  };
}

function rejection(id: string, details: JsonObject): Case {
  // The words are those of another reason: a search by words would find it.
  const rejection = { kind: 'reject', action: 'reject', enforced: true, text: 'Relay access denied', ...details };
  return caseOf(
    'rejection',
    id,
    { kind: 'event' },
    {
      host: { name: 'mx.example' },
      source: { ip: '192.0.2.1', address: '192.0.2.1' },
      mxwarden: { subject: 'mail:mx', rejection },
    },
  );
}

const REJECTIONS: readonly Case[] = [
  ...REASONS.flatMap((reason) => [
    rejection(`${reason} enforced`, { reason }),
    rejection(`${reason} warned`, { reason, enforced: false, action: 'reject_warning' }),
    rejection(`${reason} screened`, { reason, kind: 'screen_hit', action: 'PREGREET' }),
    rejection(`${reason} left out`, { reason, left_out: 7 }),
  ]),
  rejection('without reason', { kind: 'too_many_errors' }),
];

function window(id: string, size: string, is_anomaly: boolean | undefined, subject = 'mail:mx'): Case {
  const anomaly = is_anomaly === undefined ? undefined : { is_anomaly, score: is_anomaly ? 50 : 0 };
  return caseOf(
    'correlation',
    id,
    { kind: 'metric', start: TIME },
    { mxwarden: { subject, window: { size, version: 1 }, anomaly } },
  );
}

function mee(id: string, upper: number, sessions: number, final: boolean): Case {
  return caseOf(
    'correlation',
    id,
    { kind: 'metric', start: TIME },
    { mxwarden: { subject: 'mail:mx', window: { size: '5m', version: 1, final }, mee: { upper, sessions } } },
  );
}

const WINDOWS: readonly Case[] = [
  mee('low MEE', 0.2, 30, true),
  mee('MEE of the paper', 0.21, 30, true),
  mee('MEE of few', 0.2, 29, true),
  mee('MEE not sealed', 0.2, 30, false),
  window('abnormal', '5m', true),
  window('abnormal resolver', '5m', true, 'dns:ns'),
  window('abnormal hour', '1h', true),
  window('normal', '5m', false),
  window('not looked at', '5m', undefined),
];

const ALERTS: readonly Case[] = (['provisional', 'confirmed', 'withdrawn', 'closed'] as const).map((state) =>
  caseOf(
    'alert',
    state,
    { kind: 'alert', action: 'incident-changed', severity: 47, risk_score: 47 },
    { mxwarden: { subject: 'mail:mx', incident: { id: state, state } } },
  ),
);

/** Documents of every reason, and of every state. */
export const CASES: readonly Case[] = [...REJECTIONS, ...WINDOWS, ...ALERTS];

/** Which of them each saved search is to find, by the id of the search. */
export function wantedOf(search: string): readonly string[] {
  const reason = REASONS.find((name) => search === `mxwarden-${name.replaceAll('_', '-')}`);
  const rejections = (keep: (id: string) => boolean): readonly string[] =>
    REJECTIONS.map(({ id }) => id).filter((id) => keep(id));
  if (reason !== undefined) return rejections((id) => id.startsWith(`${reason} `));
  switch (search) {
    case 'mxwarden-too-many-errors':
      return ['without reason'];
    case 'mxwarden-postscreen':
      return rejections((id) => id.endsWith(' screened'));
    case 'mxwarden-not-enforced':
      return rejections((id) => id.endsWith(' warned'));
    case 'mxwarden-left-out':
      return rejections((id) => id.endsWith(' left out'));
    case 'mxwarden-rejections':
      return rejections(() => true);
    case 'mxwarden-abnormal-windows':
      return ['abnormal', 'abnormal resolver'];
    case 'mxwarden-open-incidents':
      return ['provisional', 'confirmed'];
    case 'mxwarden-incidents':
      return ALERTS.map(({ id }) => id);
    default:
      throw new Error(`Nothing is known of ${search}.`);
  }
}
