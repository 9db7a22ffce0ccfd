import type { WindowResult } from '../measure/reading.js';
import type { JsonObject } from './fields.js';

/** The identity of a window: subject | size | start. */
export function windowId({ subject, size, span }: WindowResult): string {
  return `${subject}|${size.name}|${new Date(span.startMs).toISOString()}`;
}

/** What every document about a window begins with. */
export interface WindowDocument extends JsonObject {
  readonly mxwarden: JsonObject;
}

export function windowDocument(result: WindowResult, dataset: string, id: string): WindowDocument {
  const { span, revision, version, final } = result;
  const start = new Date(span.startMs).toISOString();
  return {
    '@timestamp': start,
    event: {
      kind: 'metric',
      module: 'mxwarden',
      dataset,
      id,
      start,
      end: new Date(span.endMs).toISOString(),
      duration: (span.endMs - span.startMs) * 1e6,
    },
    observer: { vendor: 'mxwarden' },
    mxwarden: { subject: result.subject, window: { size: result.size.name, revision, version, final } },
  };
}
