import { isGap } from './fit.js';
import type { Values } from './fit.js';
import { numberText } from './format.js';
import { COLOURS } from './palette.js';
import type { PictureSpec } from './picture.js';
import { TimeChart } from './time-chart.js';
import type { Line, Surroundings, TimePlot } from './time-chart.js';

/** What stands around a picture. */
export type Words = Pick<PictureSpec, 'title' | 'note' | 'unit'>;

/** Lines over time, with the table of their numbers. */
export function timePicture(
  around: Surroundings,
  wording: Words,
  plot: TimePlot,
): PictureSpec & { readonly chart: TimeChart } {
  const { windows, zoom, clock, isFine } = around;
  const text = plot.text ?? numberText;
  const { band } = plot;
  const ends =
    band === undefined
      ? []
      : [
          { label: 'lower', values: band.lower },
          { label: 'upper', values: band.upper },
        ];
  const chart = new TimeChart(plot, around);
  return {
    ...wording,
    chart,
    head: [`Start (${clock.zone})`, ...[...plot.lines, ...ends].map(({ label }) => label)],
    rows: () => {
      const [first, end] = windows.within(zoom.range);
      const columns: readonly Pick<Line, 'values' | 'note'>[] = [...chart.lines, ...ends];
      return {
        count: end - first,
        at: (i) => {
          const row = first + i;
          const cells = columns.map(
            ({ values, note }) => text(values[row]) + (isGap(values[row]) ? '' : (note?.(row) ?? '')),
          );
          return [clock.at(windows.starts[row] ?? 0, isFine), ...cells];
        },
      };
    },
  };
}

/** Lines that are parts of a whole, upon one another. */
export function partsOf(parts: readonly (readonly [string, Values])[]): TimePlot {
  const lines = parts.map(([label, values], i): Line => ({
    label,
    values,
    colour: COLOURS[i % COLOURS.length] ?? 'grey',
  }));
  return { lines, stacked: lines.length };
}
