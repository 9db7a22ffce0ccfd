import type { PageIncident } from '../page-data.js';
import { counted } from './format.js';

/** How a server is at the end of the logs. */
export type State = 'abnormal' | 'recovered' | 'healthy' | 'unknown';

export interface Verdict {
  readonly state: State;
  /** The state in a word or two, since a colour alone tells nothing to some. */
  readonly word: string;
  /** How many incidents there were, and whether they are over. */
  readonly tally: string;
  /** Whether any of them counts: known ones do not. */
  readonly hadIncidents: boolean;
  readonly sentence: string;
}

interface Heard {
  /** Windows that the server has. */
  readonly windows: number;
  /** Connections, or queries of a DNS server. */
  readonly traffic: number;
}

/** Fewer connections than these tell nothing. */
const MINIMUM_TRAFFIC = 30;

/** Is it healthy? Known incidents do not count. */
export function verdictOn(subject: string, incidents: readonly PageIncident[], heard: Heard): Verdict {
  const counting = incidents.filter(({ known }) => known === undefined);
  const open = counting.filter(({ isOver }) => !isOver);
  const over = counting.length - open.length;
  const muted = incidents.length - counting.length;
  const known = muted === 0 ? '' : ` ${counted(muted, 'known incident')} not counted.`;
  const tallies = [
    ...(open.length > 0 ? [`${open.length.toLocaleString('en-US')} open`] : []),
    ...(over > 0 ? [`${counted(over, 'incident')} before`] : []),
    ...(muted > 0 ? [`${muted.toLocaleString('en-US')} known`] : []),
  ];
  const told = { tally: tallies.join(', ') || 'no incident', hadIncidents: counting.length > 0 };
  if (heard.windows === 0)
    return { ...told, state: 'unknown', word: 'No data', sentence: `Nothing was counted for ${subject}.` };
  const first = open[0];
  if (first !== undefined) {
    const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
    const past = over === 0 ? '' : ` ${counted(over, 'other incident')} ended before.`;
    return {
      ...told,
      state: 'abnormal',
      word: 'Abnormal',
      sentence: `${subject} is not healthy: ${first.name}${more} was still going on at the end of the logs.${past}${known}`,
    };
  }
  if (counting.length > 0) {
    const high = counting.filter(({ severity }) => severity >= HIGH).length;
    const grave = high === 0 ? '' : `${high === counting.length ? '' : `, ${high}`} of high severity`;
    return {
      ...told,
      state: 'recovered',
      word: 'Healthy now',
      sentence: `${subject} is healthy at the end of the logs; before, it had ${counted(counting.length, 'incident')}${grave}.${known}`,
    };
  }
  if (heard.traffic < MINIMUM_TRAFFIC)
    return {
      ...told,
      state: 'unknown',
      word: 'Too little to tell',
      sentence: `${subject} had too little traffic for a verdict.${known}`,
    };
  return {
    ...told,
    state: 'healthy',
    word: 'Healthy',
    sentence: `${subject} was healthy: no incident was found.${known}`,
  };
}

const HIGH = 73;
const MEDIUM = 47;

export function severityWord(severity: number): 'low' | 'medium' | 'high' {
  return severity >= HIGH ? 'high' : severity >= MEDIUM ? 'medium' : 'low';
}

/** Those that go on first, then the gravest, then the latest; known ones last. */
export function byUrgency(incidents: readonly PageIncident[]): readonly PageIncident[] {
  return [...incidents].sort(
    (a, b) =>
      Number(a.known !== undefined) - Number(b.known !== undefined) ||
      Number(a.isOver) - Number(b.isOver) ||
      b.severity - a.severity ||
      b.startedMs - a.startedMs,
  );
}
