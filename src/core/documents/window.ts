import type { Reading, WindowResult } from '../measure/reading.js';
import { DNS, ECS_VERSION, INFO, MAIL, VENDOR, hostObject, hostOf, relatedObject } from './ecs.js';
import type { Seen } from './ecs.js';
import type { JsonObject } from './fields.js';

/** The identity of a window: subject | size | start. */
export function windowId({ subject, size, span }: WindowResult): string {
  return `${subject}|${size.name}|${new Date(span.startMs).toISOString()}`;
}

/** What every document about a window begins with. */
export interface WindowDocument extends JsonObject {
  readonly mxwarden: JsonObject;
}

/** `seen` are clients that are in it, by their names and addresses. */
export function windowDocument(
  { result, mail }: Reading,
  { dataset, id, seen }: { readonly dataset: string; readonly id: string; readonly seen: Seen },
): WindowDocument {
  const { span, revision, version, final } = result;
  const host = hostOf(result.subject, mail?.server.config);
  const start = new Date(span.startMs).toISOString();
  return {
    '@timestamp': start,
    ecs: { version: ECS_VERSION },
    event: {
      kind: 'metric',
      category: mail === undefined ? DNS : MAIL,
      type: INFO,
      module: VENDOR,
      dataset,
      id,
      start,
      end: new Date(span.endMs).toISOString(),
      duration: (span.endMs - span.startMs) * 1e6,
    },
    host: hostObject(host),
    observer: { vendor: VENDOR },
    related: relatedObject({
      hosts: [...host.names, ...seen.hosts],
      addresses: [...host.addresses, ...seen.addresses],
    }),
    mxwarden: { subject: result.subject, window: { size: result.size.name, revision, version, final } },
  };
}
