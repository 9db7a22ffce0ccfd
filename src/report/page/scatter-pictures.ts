import type { PictureSpec } from './picture.js';
import { numberText } from './format.js';
import { ScatterChart } from './scatter-chart.js';
import type { ScatterPlot } from './scatter-chart.js';
import type { Surroundings } from './time-chart.js';
import type { Words } from './time-picture.js';
import { sumOf } from './windows.js';

/** The slopes that the paper measured. */
const PAPER_QUERIES = 8.8;
const PAPER_FROM = 0.95;

/** Dq over Nc. */
export function queriesOnConnects(around: Surroundings): PictureSpec {
  const { windows } = around;
  const pop3 = windows.of('pop3');
  const mean = windows.count > 0 ? sumOf(pop3) / windows.count : 0;
  return scatterPicture(
    around,
    {
      title: 'DNS queries rise in step with connections',
      note: 'Points off the line, low and far to the right, are many connections that need few queries: nobody was served.',
      unit: `A point is a window of ${windows.info.size}.`,
    },
    {
      x: { label: 'Nc', values: windows.of('connects') },
      y: { label: 'Dq', values: windows.of('queries') },
      paper: {
        label: `paper: Dq = ${PAPER_QUERIES} Nc + Np (mean Np ${numberText(mean)})`,
        slope: PAPER_QUERIES,
        intercept: mean,
      },
    },
  );
}

/** Nf over Nc. */
export function fromOnConnects(around: Surroundings): PictureSpec {
  const { windows } = around;
  return scatterPicture(
    around,
    {
      title: 'Each connection brings about one mail',
      note: 'Points far below the line are windows in which many connect and few deliver.',
      unit: `A point is a window of ${windows.info.size}.`,
    },
    {
      x: { label: 'Nc', values: windows.of('connects') },
      y: { label: 'Nf', values: windows.of('from') },
      paper: { label: `paper: Nf = ${PAPER_FROM} Nc`, slope: PAPER_FROM, intercept: 0 },
    },
  );
}

function scatterPicture(around: Surroundings, wording: Words, plot: ScatterPlot): PictureSpec {
  const { windows, zoom, clock, isFine } = around;
  return {
    ...wording,
    chart: new ScatterChart(plot, around),
    head: [`Start (${clock.zone})`, plot.x.label, plot.y.label],
    rows: () => {
      const [first, end] = windows.within(zoom.range);
      return {
        count: end - first,
        at: (i) => [
          clock.at(windows.starts[first + i] ?? 0, isFine),
          numberText(plot.x.values[first + i]),
          numberText(plot.y.values[first + i]),
        ],
      };
    },
  };
}
