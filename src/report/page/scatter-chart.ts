import uPlot from 'uplot';
import { h } from './dom.js';
import { fitLine, isGap } from './fit.js';
import type { Fit, Values } from './fit.js';
import { numberText } from './format.js';
import { colourOf } from './palette.js';
import { axisColours, valueAxis } from './time-chart.js';
import type { Chart, Surroundings } from './time-chart.js';

export interface ScatterPlot {
  readonly x: { readonly label: string; readonly values: Values };
  readonly y: { readonly label: string; readonly values: Values };
  /** The paper's line. */
  readonly paper: { readonly label: string; readonly slope: number; readonly intercept: number };
}

/** Of points that fall on the same spot of this grid one is drawn. */
const GRID = 160;
const NEAR_PX = 30;

/** Windows as points, with the line that fits them and the paper's. */
export class ScatterChart implements Chart {
  readonly legend: HTMLElement;
  private readonly fitted = h('output');
  private readonly when = h('span', { class: 'when' });
  private plot: uPlot | undefined;
  /** Windows of the points that are drawn, by x; the ends of the lines, first and last, are of none. */
  private rows: readonly (number | undefined)[] = [];
  private fit: Fit | undefined;

  constructor(
    private readonly spec: ScatterPlot,
    private readonly around: Surroundings,
  ) {
    this.legend = h(
      'div',
      { class: 'legend' },
      h('span', { class: 'key' }, h('i', { class: 'swatch dot blue' }), 'window'),
      h('span', { class: 'key' }, h('i', { class: 'swatch red' }), 'fitted ', this.fitted),
      h('span', { class: 'key' }, h('i', { class: 'swatch grey dashed' }), spec.paper.label),
      this.when,
    );
  }

  draw(host: HTMLElement): void {
    const line = (colour: 'red' | 'grey', dash: number[]): uPlot.Series => ({
      stroke: () => colourOf(colour),
      width: 1.5,
      dash,
      spanGaps: true,
      points: { show: false },
    });
    this.plot = new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, dataIdx: (u, series) => (series === 1 ? this.nearest(u) : null) },
        scales: {
          x: { time: false, range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] },
          y: { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] },
        },
        series: [
          {},
          {
            paths: () => null,
            points: { show: true, size: 5, stroke: () => colourOf('blue'), fill: () => `${colourOf('blue')}60` },
          },
          line('red', []),
          line('grey', [6, 4]),
        ],
        axes: [
          {
            ...valueAxis(numberText, true),
            ...axisColours(),
            size: 32,
            gap: 4,
            label: this.spec.x.label,
            labelSize: 18,
            labelGap: 0,
            labelFont: '12px system-ui, sans-serif',
          },
          valueAxis(numberText, true),
        ],
        hooks: { setCursor: [(u) => this.read(u.cursor.idxs?.[1])] },
      },
      this.data(),
      host,
    );
  }

  /** Points in the order of x, and both lines from zero to the last of them. */
  private data(): uPlot.AlignedData {
    const { x, y, paper } = this.spec;
    const [first, end] = this.around.windows.within(this.around.zoom.range);
    this.fit = fitLine(x.values, y.values, first, end);
    const all: number[] = [];
    let maxX = 1;
    let maxY = 1;
    for (let row = first; row < end; row += 1) {
      const a = x.values[row];
      const b = y.values[row];
      if (isGap(a) || isGap(b)) continue;
      all.push(row);
      maxX = Math.max(maxX, a);
      maxY = Math.max(maxY, b);
    }
    const spots = new Map<number, number>();
    for (const row of all) {
      const spot =
        Math.round((GRID * (x.values[row] ?? 0)) / maxX) * (GRID + 1) +
        Math.round((GRID * (y.values[row] ?? 0)) / maxY);
      if (!spots.has(spot)) spots.set(spot, row);
    }
    const points = [...spots.values()].sort((a, b) => (x.values[a] ?? 0) - (x.values[b] ?? 0));
    this.rows = [undefined, ...points, undefined];
    const { fit } = this;
    this.fitted.textContent = fitText(this.spec, fit);
    const between = points.map(() => null);
    const line = (of: Pick<Fit, 'slope' | 'intercept'> | undefined): (number | null)[] =>
      of === undefined ? [null, ...between, null] : [of.intercept, ...between, of.intercept + of.slope * maxX];
    return [
      [0, ...points.map((row) => x.values[row] ?? 0), maxX],
      [null, ...points.map((row) => y.values[row] ?? null), null],
      line(fit),
      line(paper),
    ];
  }

  /** The point under the pointer. */
  private nearest(u: uPlot): number | null {
    const { left = -1, top = -1 } = u.cursor;
    const [xs = [], ys = []] = u.data;
    let best: number | null = null;
    let least = NEAR_PX ** 2;
    for (let i = 0; i < xs.length; i += 1) {
      const y = ys[i];
      if (isGap(y)) continue;
      const distance = (u.valToPos(xs[i] ?? 0, 'x') - left) ** 2 + (u.valToPos(y, 'y') - top) ** 2;
      if (distance >= least) continue;
      least = distance;
      best = i;
    }
    return best;
  }

  private read(point: number | null | undefined): void {
    this.when.textContent = isGap(point) ? '' : this.textOf(this.rows[point]);
  }

  private textOf(row: number | undefined): string {
    const { windows, clock, isFine } = this.around;
    if (row === undefined) return '';
    const { x, y } = this.spec;
    return `${clock.at(windows.starts[row] ?? 0, isFine)}: ${x.label} ${numberText(x.values[row])}, ${y.label} ${numberText(y.values[row])}`;
  }

  step(by: number): string {
    const { plot } = this;
    const last = this.rows.length - 2;
    if (plot === undefined || last < 1) return '';
    const at = plot.cursor.idxs?.[1];
    const point = Math.max(1, Math.min(last, isGap(at) ? 1 : at + by));
    const [xs = [], ys = []] = plot.data;
    plot.setCursor({ left: plot.valToPos(xs[point] ?? 0, 'x'), top: plot.valToPos(ys[point] ?? 0, 'y') });
    return this.textOf(this.rows[point]);
  }

  update(): void {
    this.plot?.setData(this.data());
  }

  redraw(): void {
    this.plot?.redraw(false, true);
  }

  resize(width: number, height: number): void {
    this.plot?.setSize({ width, height });
  }

  summary(): string {
    const [first, end] = this.around.windows.within(this.around.zoom.range);
    const { x, y, paper } = this.spec;
    return `${end - first} windows; fitted line ${fitText(this.spec, fitLine(x.values, y.values, first, end))}; ${paper.label}`;
  }
}

function fitText({ x, y }: ScatterPlot, fit: Fit | undefined): string {
  if (fit === undefined) return '(too few windows, or no change)';
  const sign = fit.intercept < 0 ? '−' : '+';
  const r = fit.r === undefined ? '' : `, r = ${fit.r.toFixed(2)}`;
  return `${y.label} = ${fit.slope.toFixed(2)} ${x.label} ${sign} ${numberText(Math.abs(fit.intercept))}${r}`;
}
