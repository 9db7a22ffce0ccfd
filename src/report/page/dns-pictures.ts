import { QUERY_TYPES } from '../../core/tally/counters.js';
import type { PictureSpec } from './picture.js';
import type { Surroundings } from './time-chart.js';
import { partsOf, timePicture } from './time-picture.js';

/** What can be seen of a DNS server. */
export function dnsPictures(around: Surroundings): readonly PictureSpec[] {
  const { windows } = around;
  const size = windows.info.size;
  const types = QUERY_TYPES.filter((type) => windows.has(`type_${type}`));
  return [
    timePicture(
      around,
      {
        title: 'Queries and refusals',
        note: 'What the DNS server was asked, and what it refused.',
        unit: `Number in each window of ${size}.`,
      },
      {
        lines: [
          { label: 'queries', colour: 'blue', values: windows.of('queries') },
          { label: 'refused', colour: 'red', values: windows.of('refused') },
        ],
      },
    ),
    timePicture(
      around,
      {
        title: 'Queries by type',
        note: 'A host that asks for MX much as mail servers do may send mail by itself.',
        unit: `Number in each window of ${size}.`,
      },
      partsOf(types.map((type) => [type === 'other' ? 'other' : type.toUpperCase(), windows.of(`type_${type}`)])),
    ),
    timePicture(
      around,
      {
        title: 'DNS clients',
        note: 'Different clients that asked.',
        unit: `Number in each window of ${size}.`,
      },
      { lines: [{ label: 'clients', colour: 'teal', values: windows.of('clients') }] },
    ),
  ];
}
