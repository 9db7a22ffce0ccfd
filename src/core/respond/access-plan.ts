import type { Ms } from '../event.js';
import { isKey, screenOf } from './map-entry.js';
import type { EntryAction } from './map-entry.js';
import { expiryMs } from './proposal.js';
import type { Layer, Proposal } from './proposal.js';
import { incidentsTold } from './told.js';
import type { Told } from './told.js';

export interface AccessMapOptions {
  /** End of the logs; default: when the last alert was told. */
  readonly endMs?: Ms | undefined;
  /** Only of the incident with this identity. */
  readonly incident?: string | undefined;
  /** In place of the careful action that each proposal begins with. */
  readonly action?: EntryAction | undefined;
  /** Alerts of an earlier run: its entries stay until they expire. */
  readonly previous?: readonly Told[] | undefined;
  /** Only the map of this layer, as a file of its own. */
  readonly layer?: Layer | undefined;
}

/** What an incident proposes for one key of a map. */
export interface Entry {
  readonly key: string;
  readonly layer: Layer;
  readonly proposed: readonly Proposed[];
}

export interface Proposed {
  readonly told: Told;
  readonly proposal: Proposal;
}

/** Who gets an entry, who does not and why. */
export interface Plan {
  readonly nowMs: Ms;
  readonly incidents: readonly Told[];
  readonly entries: readonly Entry[];
  readonly refused: readonly Entry[];
  /** Their name cannot stand in a table. */
  readonly unwritable: readonly Entry[];
  /** Their recipients are named by their domains alone. */
  readonly unnamed: readonly Proposed[];
  readonly withoutEntry: readonly Told[];
  readonly known: readonly Told[];
  readonly expired: readonly Told[];
}

/** What is to be done about the incidents that alerts told. */
export function planOf(
  told: readonly Told[],
  { incident, action, previous = [], endMs = -Infinity }: AccessMapOptions,
): Plan {
  const nowMs = told.reduce((latest, { timeMs }) => Math.max(latest, timeMs), endMs);
  const all = incidentsTold([...previous, ...told]);
  const isExpired = (each: Told): boolean => expiryMs(each.incident.lastSeenMs) <= nowMs;
  const isChosen = ({ id }: Told): boolean => incident === undefined || id === incident;
  const current = all.filter((each) => !isExpired(each));
  // Whom one incident protects no other may block, chosen or not.
  const isProtected = new Set([...entriesOf(current, action).values()].filter(isNotToBeBlocked).map(({ key }) => key));
  const isRefused = ({ key, proposed }: Entry): boolean =>
    isProtected.has(key) || proposed.every(({ proposal }) => proposal.refusal !== undefined);
  const chosen = current.filter(isChosen);
  const incidents = chosen.filter(({ known }) => known === undefined);
  const entries = [...entriesOf(incidents, action).values()];
  const writable = entries.filter(({ key, layer }) => isKey(key, layer));
  return {
    nowMs,
    incidents,
    entries: writable.filter((entry) => !isRefused(entry)),
    refused: writable.filter(isRefused),
    unwritable: entries.filter(({ key, layer }) => !isKey(key, layer)),
    unnamed: incidents.flatMap((each) => {
      const { proposal } = each.incident.finding;
      return proposal !== undefined && isUnnamed(each) ? [{ told: each, proposal }] : [];
    }),
    known: chosen.filter(({ known }) => known !== undefined),
    withoutEntry: incidents.filter((each) => each.incident.finding.proposal === undefined),
    expired: all.filter((each) => isExpired(each) && isChosen(each)),
  };
}

/** By map and key: one client may have several incidents. */
function entriesOf(incidents: readonly Told[], action: EntryAction | undefined): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const told of incidents) {
    const { finding, who } = told.incident;
    const { proposal } = finding;
    if (proposal === undefined || isUnnamed(told)) continue;
    const isScreened = proposal.layer === 'postscreen' && action !== undefined && screenOf(action) === undefined;
    const layer = isScreened ? 'smtpd' : proposal.layer;
    const keys = layer === 'recipients' ? (finding.recipients ?? []) : who === undefined ? [] : [who];
    for (const key of keys) {
      // Postfix does not tell case apart, and would call the second of two a duplicate.
      const name = `${layer} ${key.toLowerCase()}`;
      const known = entries.get(name);
      entries.set(name, { key: known?.key ?? key, layer, proposed: [...(known?.proposed ?? []), { told, proposal }] });
    }
  }
  return entries;
}

/** Whether its recipients are named by their domains alone, as is usual. */
function isUnnamed({ incident: { finding } }: Told): boolean {
  return finding.proposal?.layer === 'recipients' && !finding.recipients?.some((name) => name.includes('@'));
}

/** Whether some incident says that this client is not to be blocked: it holds in all maps. */
function isNotToBeBlocked({ proposed }: Entry): boolean {
  return proposed.some(({ proposal: { refusal } }) => refusal !== undefined && refusal !== 'already_refused');
}
