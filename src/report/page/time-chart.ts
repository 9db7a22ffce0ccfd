import uPlot from 'uplot';
import type { PageIncident } from '../page-data.js';
import { h } from './dom.js';
import type { Values } from './fit.js';
import { numberText } from './format.js';
import type { Clock } from './format.js';
import { colourOf } from './palette.js';
import type { Colour } from './palette.js';
import { shade } from './shading.js';
import type { Windows } from './windows.js';
import type { Zoom } from './zoom.js';

/** A line of a picture. */
export interface Line {
  readonly label: string;
  readonly colour: Colour;
  readonly values: Values;
  readonly isDashed?: boolean;
  /** Filled down to zero. */
  readonly isArea?: boolean;
  /** What else hovering tells of a window. */
  readonly note?: (row: number) => string;
}

export interface TimePlot {
  readonly lines: readonly Line[];
  /** Lines on top of one another; the last ones stand alone where not all are parts. */
  readonly stacked?: number;
  /** An interval around a line. */
  readonly band?: { readonly label: string; readonly lower: Values; readonly upper: Values };
  readonly text?: (value: number | null | undefined) => string;
}

export interface Surroundings {
  readonly windows: Windows;
  readonly zoom: Zoom;
  readonly clock: Clock;
  readonly incidents: readonly PageIncident[];
  /** Whether times need seconds. */
  readonly isFine: boolean;
}

/** A picture that can be drawn again. */
export interface Chart {
  /** Fills the element that has its size. */
  draw(host: HTMLElement): void;
  /** Follows the zoom. */
  update(): void;
  /** Follows the scheme of colours. */
  redraw(): void;
  resize(width: number, height: number): void;
  /** What it shows in a sentence. */
  summary(): string;
  readonly legend: HTMLElement;
  /** Looks at the next or last window; says what it has. */
  step(windows: number): string;
}

const DAY_S = 86_400;
const MONTH_S = 28 * DAY_S;

/** Lines over time. */
export class TimeChart implements Chart {
  readonly legend: HTMLElement;
  private readonly when = h('span', { class: 'when' });
  private readonly readouts: HTMLElement[] = [];
  private readonly drawn: Values[];
  private plot: uPlot | undefined;
  private readonly text: (value: number | null | undefined) => string;

  constructor(
    private readonly spec: TimePlot,
    private readonly around: Surroundings,
  ) {
    this.text = spec.text ?? numberText;
    this.drawn = stacked(spec);
    this.legend = h('div', { class: 'legend' }, ...spec.lines.map((line, i) => this.key(line, i)));
    if (spec.band !== undefined)
      this.legend.append(h('span', { class: 'key' }, h('i', { class: 'swatch band' }), spec.band.label));
    if (around.incidents.length > 0)
      this.legend.append(h('span', { class: 'key' }, h('i', { class: 'swatch shade' }), 'incident'));
    this.legend.append(this.when);
  }

  /** A line in the legend; lines that are not stacked can be switched off. */
  private key({ label, colour, isDashed }: Line, index: number): HTMLElement {
    const readout = h('output', {});
    this.readouts.push(readout);
    const swatch = h('i', { class: `swatch ${colour}${isDashed === true ? ' dashed' : ''}` });
    if (this.spec.stacked !== undefined) return h('span', { class: 'key' }, swatch, label, ' ', readout);
    const key = h('button', { type: 'button', class: 'key', 'aria-pressed': 'true' }, swatch, label, ' ', readout);
    key.addEventListener('click', () => {
      const isShown = key.getAttribute('aria-pressed') !== 'true';
      key.setAttribute('aria-pressed', String(isShown));
      this.plot?.setSeries(this.spec.lines.length - index, { show: isShown });
    });
    return key;
  }

  draw(host: HTMLElement): void {
    const { spec, around } = this;
    const { zoom, windows } = around;
    const bands = spec.band === undefined ? [] : [spec.band.upper, spec.band.lower];
    const count = spec.lines.length;
    const plot = new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), around.clock.zone),
        cursor: {
          drag: { x: true, y: false, setScale: false, dist: 5 },
          bind: { dblclick: () => () => (zoom.all(), null) },
          sync: { key: 'time' },
          focus: { prox: -1 },
          points: { size: 7 },
        },
        scales: {
          x: { auto: false, range: () => [zoom.range.from, zoom.range.to] },
          y: { range: (_, min, max) => uPlot.rangeNum(Math.min(0, min), max > 0 ? max : 1, 0.08, true) },
        },
        series: [
          {},
          // The last line is the lowest: of stacked ones each covers those above it.
          ...[...spec.lines].reverse().map((line, i) => this.series(line, count - 1 - i)),
          ...bands.map((): uPlot.Series => ({ stroke: () => 'transparent', width: 0, points: { show: false } })),
        ],
        bands: bands.length > 0 ? [{ series: [count + 1, count + 2], fill: () => colourOf('band') }] : [],
        axes: [this.timeAxis(), valueAxis(this.text)],
        hooks: {
          drawClear: [(u) => shade(u, around.incidents)],
          setCursor: [(u) => this.read(u.cursor.idx)],
          setSelect: [
            (u) => {
              if (u.select.width <= 0) return;
              const from = u.posToVal(u.select.left, 'x');
              const to = u.posToVal(u.select.left + u.select.width, 'x');
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoom.set({ from, to });
            },
          ],
        },
      },
      [windows.starts, ...[...this.drawn].reverse(), ...bands],
      host,
    );
    plot.setScale('x', { min: zoom.range.from, max: zoom.range.to });
    this.plot = plot;
  }

  private series({ colour, isDashed, isArea }: Line, index: number): uPlot.Series {
    const isPart = index < (this.spec.stacked ?? 0);
    return {
      stroke: () => colourOf(colour),
      width: isPart ? 0.5 : 1.5,
      ...(isPart || isArea === true ? { fill: () => `${colourOf(colour)}${isPart ? '' : '40'}` } : {}),
      ...(isDashed === true ? { dash: [6, 4] } : {}),
      points: { size: 5 },
    };
  }

  private timeAxis(): uPlot.Axis {
    const { clock } = this.around;
    return {
      ...axisColours(),
      space: 70,
      values: (_, splits, __, ___, step) =>
        splits.map((at, i) => {
          if (step >= MONTH_S) return clock.month(at);
          if (step >= DAY_S) return clock.shortDay(at);
          const before = splits[i - 1];
          const time = clock.time(at, step < 60);
          return before === undefined || clock.day(before) !== clock.day(at) ? `${time}\n${clock.shortDay(at)}` : time;
        }),
    };
  }

  /** Writes the values of a window into the legend. */
  private read(row: number | null | undefined): void {
    const { clock, windows, isFine } = this.around;
    const start = row == null ? undefined : windows.starts[row];
    this.when.textContent = start === undefined ? '' : clock.at(start, isFine);
    for (const [i, { values, note }] of this.spec.lines.entries()) {
      const readout = this.readouts[i];
      if (readout === undefined) continue;
      if (row == null) readout.textContent = '';
      else readout.textContent = this.text(values[row]) + (values[row] == null ? '' : (note?.(row) ?? ''));
    }
  }

  step(by: number): string {
    const { plot } = this;
    if (plot === undefined) return '';
    const { windows, zoom, clock, isFine } = this.around;
    const [first, end] = windows.within(zoom.range);
    const at = plot.cursor.idx;
    const row = Math.max(first, Math.min(end - 1, at == null ? first : at + by));
    const start = windows.starts[row];
    if (start === undefined) return '';
    plot.setCursor({ left: plot.valToPos(start, 'x'), top: plot.over.clientHeight / 2 });
    this.read(row);
    const values = this.spec.lines.map(
      ({ label, values: all, note }) => `${label} ${this.text(all[row])}${all[row] == null ? '' : (note?.(row) ?? '')}`,
    );
    return `${clock.at(start, isFine)}: ${values.join(', ')}`;
  }

  update(): void {
    const { from, to } = this.around.zoom.range;
    this.plot?.setScale('x', { min: from, max: to });
  }

  redraw(): void {
    this.plot?.redraw(false, true);
  }

  resize(width: number, height: number): void {
    this.plot?.setSize({ width, height });
  }

  summary(): string {
    const [first, end] = this.around.windows.within(this.around.zoom.range);
    const parts = this.spec.lines.map(({ label, values }) => {
      let low = Infinity;
      let high = -Infinity;
      let sum = 0;
      let n = 0;
      for (let i = first; i < end; i += 1) {
        const value = values[i];
        if (value == null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
        sum += value;
        n += 1;
      }
      if (n === 0) return `${label} has no values`;
      return `${label} from ${this.text(low)} to ${this.text(high)}, mean ${this.text(sum / n)}`;
    });
    return parts.join('; ');
  }
}

export function axisColours(): Pick<uPlot.Axis, 'stroke' | 'grid' | 'ticks' | 'font'> {
  return {
    font: '12px system-ui, sans-serif',
    stroke: () => colourOf('muted'),
    grid: { stroke: () => colourOf('grid'), width: 1 },
    ticks: { stroke: () => colourOf('grid'), width: 1, size: 4 },
  };
}

export function valueAxis(text: (value: number) => string): uPlot.Axis {
  return { ...axisColours(), size: 58, values: (_, splits) => splits.map((value) => text(value)) };
}

/** The heights at which lines are drawn: a stacked one upon those before it. Parts below nothing take no room. */
function stacked({ lines, stacked: parts = 0 }: TimePlot): Values[] {
  let below: Values | undefined;
  return lines.map(({ values }, index) => {
    if (index >= parts) return values;
    const base = below;
    below = values.map((value, row) => (value === null ? null : Math.max(0, value) + (base?.[row] ?? 0)));
    return below;
  });
}
