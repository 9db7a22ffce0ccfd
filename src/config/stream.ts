import * as v from 'valibot';
import { described, duration, settings } from './settings.js';
import { telemetryEntries } from './telemetry.js';

/** How the records of a topic are written: events in Avro, documents of shippers in JSON, or lines as they are in a log. */
export const FORMATS = ['avro', 'ecs', 'syslog'] as const;
export type Format = (typeof FORMATS)[number];

/** Epochs are the upper part of versions, which are numbers up to 2^53. */
const LAST_EPOCH = 511;
const NO_EPOCH = `must be a number from 0 to ${LAST_EPOCH}`;

const input = settings('must be a topic such as {topic: postfix, format: ecs}', {
  topic: v.pipe(v.string(), v.minLength(1)),
  format: described(v.picklist(FORMATS, `must be one of ${FORMATS.join(', ')}`), 'avro, ecs or syslog'),
});

/** How the stages on Kafka work. */
export const stream = settings('must be settings such as {epoch: 1}', {
  epoch: described(
    v.optional(
      v.pipe(v.number(NO_EPOCH), v.integer(NO_EPOCH), v.minValue(0, NO_EPOCH), v.maxValue(LAST_EPOCH, NO_EPOCH)),
      0,
    ),
    'number to be raised with each change of servers, windows, inputs or other settings that change numbers',
  ),
  group: described(
    v.optional(v.pipe(v.string(), v.minLength(1)), 'mxwarden'),
    'how the names of the consumer groups begin',
  ),
  inputs: described(
    v.optional(v.pipe(v.array(input), v.minLength(1))),
    'topics of events; default: those of kafka.topics in Avro',
  ),
  idle: described(v.optional(duration, '2s'), 'after which a partition without new records lets time go on'),
  max_skew: described(v.optional(duration, '1h'), 'how far a partition may be ahead of the slowest one in event time'),
  session_timeout: described(
    v.optional(duration, '30s'),
    'after which a process that is not heard of has left its group',
  ),
  ...telemetryEntries,
});
