import type { Side } from '../../core/event.js';
import { isGap } from './fit.js';
import type { Values } from './fit.js';
import { shareText } from './format.js';
import type { PictureSpec } from './picture.js';
import type { Surroundings } from './time-chart.js';
import { timePicture } from './time-picture.js';

/** What is written as 100 %. */
const ALL = 0.9995;

/** The coverage of those logs, over time, that were not understood altogether; `undefined` where all were. */
export function coveragePicture(around: Surroundings, sides: readonly Side[]): PictureSpec | undefined {
  const valuesOf = (side: Side): Values => around.windows.of(`coverage_${side}`);
  const complete = sides.filter((side) => valuesOf(side).every((share) => isGap(share) || share >= ALL));
  const others = sides.filter((side) => !complete.includes(side));
  if (others.length === 0) return undefined;
  const rest = complete.length === 0 ? '' : ` ${shareText(1)} in each window: ${complete.join(', ')}.`;
  const colours = { mail: 'orange', pop3: 'purple', dns: 'blue' } as const;
  return timePicture(
    around,
    {
      title: 'How much of the logs was understood',
      note: `Lines recognised over all lines of the programs that are read. Nothing is drawn where a log had no line.${rest}`,
      unit: 'Share.',
    },
    {
      lines: others.map((side) => ({
        label: side,
        colour: colours[side],
        values: valuesOf(side),
      })),
      text: shareText,
    },
  );
}
