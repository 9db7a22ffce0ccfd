import type { WindowResult } from '../measure/reading.js';

/** The identity of a window: subject | size | start. */
export function windowId({ subject, size, span }: WindowResult): string {
  return `${subject}|${size.name}|${new Date(span.startMs).toISOString()}`;
}

/** The fields that every document about a window begins with. */
export function windowFields(result: WindowResult, dataset: string, id: string) {
  const { span } = result;
  const start = new Date(span.startMs).toISOString();
  return {
    '@timestamp': start,
    'event.kind': 'metric',
    'event.module': 'mxwarden',
    'event.dataset': dataset,
    'event.id': id,
    'event.start': start,
    'event.end': new Date(span.endMs).toISOString(),
    'event.duration': (span.endMs - span.startMs) * 1e6,
    'mxwarden.subject': result.subject,
    'mxwarden.window.size': result.size.name,
    'mxwarden.window.revision': result.revision,
    'mxwarden.window.version': result.version,
    'mxwarden.window.final': result.final,
  };
}
