import uPlot from 'uplot';
import type { PageIncident } from '../page-data.js';
import { h } from './dom.js';
import { isGap } from './fit.js';
import type { Values } from './fit.js';
import { numberText } from './format.js';
import type { Clock } from './format.js';
import type { Points } from './grain.js';
import { colourOf } from './palette.js';
import type { Colour } from './palette.js';
import { numberIncidents, shade } from './shading.js';
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
  /** The scale is that of the others, as long as one of them is shown: it may leave the picture. */
  readonly mayLeave?: boolean;
  /** What else hovering tells of a window. */
  readonly note?: (row: number) => string;
}

export interface TimePlot {
  readonly lines: readonly Line[];
  /** Lines on top of one another; the last ones stand alone where not all are parts. */
  readonly stacked?: number;
  /** An interval around a line; it may leave the picture. */
  readonly band?: { readonly label: string; readonly lower: Values; readonly upper: Values };
  /** Of what are no whole numbers. */
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

/** What is shorter is a click. */
const DRAG_PX = 5;
const DAY_S = 86_400;
const MONTH_S = 28 * DAY_S;

/** Lines over time. */
export class TimeChart implements Chart {
  readonly legend: HTMLElement;
  private readonly when = h('span', { class: 'when' });
  private readonly readouts: HTMLElement[] = [];
  /** Lines as they are drawn, the last one first, then the band. */
  private drawn: readonly Values[];
  private shown: readonly Line[];
  private points: Points;
  private readonly hidden = new Set<number>();
  private plot: uPlot | undefined;
  private readonly text: (value: number | null | undefined) => string;

  constructor(
    private readonly spec: TimePlot,
    private readonly around: Surroundings,
  ) {
    this.text = spec.text ?? numberText;
    this.shown = spec.lines;
    this.drawn = this.drawnLines();
    this.points = around.windows.pointsOf(around.zoom.range);
    this.legend = h('div', { class: 'legend' }, ...spec.lines.map((line, i) => this.key(line, i)));
    if (spec.band !== undefined)
      this.legend.append(h('span', { class: 'key' }, h('i', { class: 'swatch band' }), spec.band.label));
    if (around.incidents.length > 0)
      this.legend.append(h('span', { class: 'key' }, h('i', { class: 'swatch shade' }), 'incident'));
    this.legend.append(this.when);
  }

  get lines(): readonly Line[] {
    return this.shown;
  }

  /** Gives a line other values. */
  replace(index: number, values: Values): void {
    this.shown = this.shown.map((line, i) => (i === index ? { ...line, values } : line));
    this.drawn = this.drawnLines();
    this.plot?.setData(this.data());
  }

  private drawnLines(): readonly Values[] {
    const { band, stacked: parts } = this.spec;
    return [...stacked(this.shown, parts).reverse(), ...(band === undefined ? [] : [band.upper, band.lower])];
  }

  /** A line in the legend; lines that are not stacked can be switched off. */
  private key({ label, colour, isDashed }: Line, index: number): HTMLElement {
    const readout = h('output', {});
    this.readouts.push(readout);
    const swatch = h('i', { class: `swatch ${colour}${isDashed === true ? ' dashed' : ''}` });
    if (this.spec.stacked !== undefined) return h('span', { class: 'key' }, swatch, label, ' ', readout);
    const key = h('button', { type: 'button', class: 'key', 'aria-pressed': 'true' }, swatch, label, ' ', readout);
    key.addEventListener('click', () => {
      const isShown = this.hidden.delete(index);
      if (!isShown) this.hidden.add(index);
      key.setAttribute('aria-pressed', String(isShown));
      for (const [i, line] of this.spec.lines.entries()) {
        const series = this.plot?.series[this.seriesOf(i)];
        if (series !== undefined) series.auto = this.isScaled(line);
      }
      this.plot?.setSeries(this.seriesOf(index), { show: isShown });
    });
    return key;
  }

  /** The series of the plot that a line is. */
  private seriesOf(line: number): number {
    return this.spec.lines.length - line;
  }

  /** Whether the scale makes room for a line. */
  private isScaled({ mayLeave }: Line): boolean {
    return mayLeave !== true || this.spec.lines.every((line, i) => line.mayLeave === true || this.hidden.has(i));
  }

  draw(host: HTMLElement): void {
    const { spec, around } = this;
    const { zoom } = around;
    const bands = this.drawn.slice(spec.lines.length);
    const count = spec.lines.length;
    const plot = new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        legend: { show: false },
        padding: [8, 28, 0, 0],
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), around.clock.zone),
        cursor: {
          drag: { x: true, y: false, setScale: false, dist: DRAG_PX },
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
          ...bands.map((): uPlot.Series => ({
            stroke: () => 'transparent',
            width: 0,
            auto: false,
            points: { show: false },
          })),
        ],
        bands: bands.length > 0 ? [{ series: [count + 1, count + 2], fill: () => colourOf('band') }] : [],
        axes: [this.timeAxis(), valueAxis(this.text, spec.text === undefined)],
        hooks: {
          drawClear: [(u) => shade(u, around.incidents)],
          draw: [(u) => numberIncidents(u, around.incidents)],
          setCursor: [
            (u) => this.read(isGap(u.cursor.idx) ? undefined : Math.min(u.cursor.idx, this.points.starts.length - 1)),
          ],
          setSelect: [
            (u) => {
              if (u.select.width < DRAG_PX) {
                u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
                return;
              }
              const from = u.posToVal(u.select.left, 'x');
              const to = u.posToVal(u.select.left + u.select.width, 'x');
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoom.set({ from, to });
            },
          ],
        },
      },
      this.data(),
      host,
    );
    plot.setScale('x', { min: zoom.range.from, max: zoom.range.to });
    dragByFinger(plot);
    this.plot = plot;
  }

  private data(): uPlot.AlignedData {
    const { starts } = this.points;
    const values = this.drawn.map((line) => this.points.of(line));
    const [start] = starts;
    // A single one would be a dot on the edge.
    if (start !== undefined && starts.length === 1)
      return [[start, this.around.zoom.range.to], ...values.map((line) => [...line, ...line])];
    return [starts, ...values];
  }

  private series(line: Line, index: number): uPlot.Series {
    const { colour, isDashed, isArea } = line;
    const isPart = index < (this.spec.stacked ?? 0);
    return {
      stroke: () => colourOf(colour),
      width: isPart ? 0.5 : 1.5,
      ...(isPart || isArea === true ? { fill: () => `${colourOf(colour)}${isPart ? '' : '40'}` } : {}),
      ...(isDashed === true ? { dash: [6, 4] } : {}),
      auto: this.isScaled(line),
      show: !this.hidden.has(index),
      // Between parts they would look like holes.
      points: isPart ? { show: false } : { size: 5 },
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

  /** Writes the values of a point into the legend. */
  private read(point: number | null | undefined): void {
    const { clock, isFine } = this.around;
    const start = isGap(point) ? undefined : this.points.starts[point];
    this.when.textContent = start === undefined ? '' : clock.at(start, isFine);
    for (const [i, line] of this.shown.entries()) {
      const readout = this.readouts[i];
      if (readout !== undefined) readout.textContent = isGap(point) ? '' : this.valueText(line, point);
    }
  }

  private valueText({ values, note }: Line, point: number): string {
    const value = this.points.of(values)[point];
    const row = this.points.windowAt(point);
    return this.text(value) + (isGap(value) || row === undefined ? '' : (note?.(row) ?? ''));
  }

  step(by: number): string {
    const { plot } = this;
    if (plot === undefined) return '';
    const { zoom, clock, isFine } = this.around;
    const { starts } = this.points;
    const first = Math.max(
      0,
      starts.findIndex((start) => start >= zoom.range.from),
    );
    const last = starts.findLastIndex((start) => start < zoom.range.to);
    const at = plot.cursor.idx;
    const point = isGap(at) || at < first || at > last ? first : Math.max(first, Math.min(last, at + by));
    const start = starts[point];
    if (start === undefined) return '';
    plot.setCursor({ left: plot.valToPos(start, 'x'), top: plot.over.clientHeight / 2 });
    this.read(point);
    const values = this.shown.map((line) => `${line.label} ${this.valueText(line, point)}`);
    return `${clock.at(start, isFine)}: ${values.join(', ')}`;
  }

  update(): void {
    const { zoom, windows } = this.around;
    const points = windows.pointsOf(zoom.range);
    if (points !== this.points) {
      this.points = points;
      this.plot?.setData(this.data(), false);
    }
    this.plot?.setScale('x', { min: zoom.range.from, max: zoom.range.to });
  }

  redraw(): void {
    this.plot?.redraw(false, true);
  }

  resize(width: number, height: number): void {
    this.plot?.setSize({ width, height });
  }

  summary(): string {
    const [first, end] = this.around.windows.within(this.around.zoom.range);
    const parts = this.shown.map(({ label, values }) => {
      let low = Infinity;
      let high = -Infinity;
      let sum = 0;
      let n = 0;
      for (let i = first; i < end; i += 1) {
        const value = values[i];
        if (isGap(value)) continue;
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

/** Selects by a finger as by a mouse, which is all that uPlot follows. */
function dragByFinger(plot: uPlot): void {
  const { over } = plot;
  let start: number | undefined;
  const select = (event: PointerEvent, isDone: boolean): void => {
    if (start === undefined || event.pointerType === 'mouse') return;
    const { left: edge, width } = over.getBoundingClientRect();
    const at = Math.max(0, Math.min(width, event.clientX - edge));
    const left = Math.min(start, at);
    plot.setSelect({ left, top: 0, width: Math.abs(at - start), height: over.clientHeight }, isDone);
    if (isDone) start = undefined;
  };
  over.addEventListener('pointerdown', (event) => {
    start = event.pointerType === 'mouse' ? undefined : event.clientX - over.getBoundingClientRect().left;
  });
  over.addEventListener('pointermove', (event) => select(event, false));
  over.addEventListener('pointerup', (event) => select(event, true));
  over.addEventListener('pointercancel', () => {
    start = undefined;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  });
}

export function axisColours(): Pick<uPlot.Axis, 'stroke' | 'grid' | 'ticks' | 'font'> {
  return {
    font: '12px system-ui, sans-serif',
    stroke: () => colourOf('muted'),
    grid: { stroke: () => colourOf('grid'), width: 1 },
    ticks: { stroke: () => colourOf('grid'), width: 1, size: 4 },
  };
}

/** 1, 2, 5, 10 and so on: a half of a whole number is none. */
const WHOLE_STEPS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

export function valueAxis(text: (value: number) => string, isWhole: boolean): uPlot.Axis {
  return {
    ...axisColours(),
    ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
    size: 58,
    values: (_, splits) => splits.map((value) => text(value)),
  };
}

/** The heights at which lines are drawn: a stacked one upon those before it. Parts below nothing take no room. */
function stacked(lines: readonly Line[], parts = 0): Values[] {
  let below: Values | undefined;
  return lines.map(({ values }, index) => {
    if (index >= parts) return values;
    const base = below;
    below = values.map((value, row) => (value === null ? null : Math.max(0, value) + (base?.[row] ?? 0)));
    return below;
  });
}
