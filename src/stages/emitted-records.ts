import type { PartialRecord } from '../core/progress.js';
import type { OutgoingRecord } from './ports.js';
import { jsonRecord } from './records.js';
import type { Emission } from './source-fold.js';

/** Where what is made of events goes. */
export type AggregateOutlet = 'partials' | 'rejections' | 'dead';

export interface EmittedRecordsDeps {
  readonly encode: (record: PartialRecord) => Buffer;
  readonly partialsCount: number;
}

/** What is to be sent: `marks` when all of `first` is safe. */
export function emittedRecords(
  emissions: readonly Emission[],
  { encode, partialsCount }: EmittedRecordsDeps,
): {
  readonly first: readonly OutgoingRecord<AggregateOutlet>[];
  readonly marks: readonly OutgoingRecord<AggregateOutlet>[];
} {
  const first: OutgoingRecord<AggregateOutlet>[] = [];
  const marks: OutgoingRecord<AggregateOutlet>[] = [];
  for (const { contributions, rejections, deadLetters, mark } of emissions) {
    for (const contribution of contributions) {
      const value = encode({ kind: 'contribution', contribution });
      first.push({ outlet: 'partials', key: contribution.subject, value });
    }
    for (const rejection of rejections) first.push(jsonRecord('rejections', rejection, ['event', 'id']));
    for (const letter of deadLetters) first.push(jsonRecord('dead', letter, ['origin']));
    if (mark === undefined) continue;
    const value = encode({ kind: 'mark', mark });
    for (let partition = 0; partition < partialsCount; partition += 1)
      marks.push({ outlet: 'partials', key: mark.source, value, partition });
  }
  return { first, marks };
}
