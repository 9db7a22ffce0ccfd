import type { PageIncident } from '../page-data.js';
import { counted } from './format.js';

/** How a server is at the end of the logs. */
export type State = 'abnormal' | 'recovered' | 'healthy' | 'unknown';

export interface Verdict {
  readonly state: State;
  /** The state in a word or two, since a colour alone tells nothing to some. */
  readonly word: string;
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
  const muted = incidents.length - counting.length;
  const known = muted === 0 ? '' : ` ${counted(muted, 'known incident')} not counted.`;
  if (heard.windows === 0)
    return { state: 'unknown', word: 'No data', sentence: `Nothing was counted for ${subject}.` };
  const first = open[0];
  if (first !== undefined) {
    const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
    const over = counting.length - open.length;
    const past = over === 0 ? '' : ` ${counted(over, 'other incident')} ended before.`;
    return {
      state: 'abnormal',
      word: 'Abnormal',
      sentence: `${subject} is not healthy: ${first.name}${more} was still going on at the end of the logs.${past}${known}`,
    };
  }
  if (counting.length > 0) {
    const high = counting.filter(({ severity }) => severity >= HIGH).length;
    const grave = high === 0 ? '' : `, ${high} of high severity`;
    return {
      state: 'recovered',
      word: 'Healthy now',
      sentence: `${subject} was healthy but for ${counted(counting.length, 'incident')}${grave}; at the end of the logs nothing was open.${known}`,
    };
  }
  if (heard.traffic < MINIMUM_TRAFFIC)
    return {
      state: 'unknown',
      word: 'Too little to tell',
      sentence: `${subject} had too little traffic for a verdict.${known}`,
    };
  return { state: 'healthy', word: 'Healthy', sentence: `${subject} was healthy: no incident was found.${known}` };
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
