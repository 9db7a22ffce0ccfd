import { valueIn } from '../../src/core/documents/value.js';

/** What was told so far. */
export class Told {
  private readonly windows = new Set<string>();
  private readonly incidents = new Map<string, string>();
  private readonly final = new Set<string>();

  /** The line that tells of a document; none of those that tell nothing new. */
  lineOf(document: unknown): string | undefined {
    const of = (path: string): string => textOf(valueIn(document, path.split('.')));
    if (of('event.kind') === 'alert') {
      const id = of('mxwarden.incident.id');
      const state = of('mxwarden.incident.state');
      if (this.incidents.get(id) === state) return undefined;
      this.incidents.set(id, state);
      return `  ! ${of('event.action')}: ${of('message')}`;
    }
    const id = of('event.id');
    if (of('mxwarden.window.size') !== '30s' || !of('mxwarden.subject').startsWith('mail:')) return undefined;
    const isFinal = of('mxwarden.window.final') === 'true';
    if (isFinal) this.final.add(id);
    if (this.windows.has(id)) return undefined;
    this.windows.add(id);
    const kinds = of('mxwarden.anomaly.kinds');
    return [
      `${of('event.start').slice(11, 19)} ${of('mxwarden.subject')}`,
      `connections ${of('mxwarden.smtp.connects')}, queries ${of('mxwarden.dns.queries')}, MEE ${of('mxwarden.mee.value')}`,
      ...(of('mxwarden.anomaly.is_anomaly') === 'true' ? [`abnormal: ${kinds}`] : []),
    ].join('  ');
  }

  summary(): string {
    const confirmed = [...this.incidents].filter(([, state]) => state !== 'provisional' && state !== 'withdrawn');
    const names = confirmed.map(([id]) => `  ${id}`);
    return [
      `${this.windows.size} windows, ${this.final.size} of them final; ${confirmed.length} incidents:`,
      ...names,
    ].join('\n');
  }
}

/** A value as a person reads it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '-';
}
