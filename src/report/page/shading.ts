import type uPlot from 'uplot';
import type { PageIncident } from '../page-data.js';
import { colourOf } from './palette.js';

/** More numbers than these would hide each other. */
const NUMBERS_SHOWN = 25;
const NARROWEST = 2;

interface Shown {
  readonly number: number;
  readonly left: number;
  readonly right: number;
}

/** Shades the time that incidents took, behind a picture. */
export function shade(plot: uPlot, incidents: readonly PageIncident[]): void {
  clipped(plot, (ctx) => {
    ctx.fillStyle = colourOf('shade');
    for (const { left, right } of shownOf(plot, incidents))
      ctx.fillRect(left, plot.bbox.top, Math.max(NARROWEST, right - left), plot.bbox.height);
  });
}

/** Writes the numbers of incidents over a picture. */
export function numberIncidents(plot: uPlot, incidents: readonly PageIncident[]): void {
  const shown = shownOf(plot, incidents);
  if (shown.length > NUMBERS_SHOWN) return;
  clipped(plot, (ctx) => {
    ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.fillStyle = colourOf('shade-text');
    for (const [place, { number, left }] of shown.entries())
      ctx.fillText(
        String(number),
        left + 3 * devicePixelRatio,
        plot.bbox.top + (2 + 13 * (place % 2)) * devicePixelRatio,
      );
  });
}

function shownOf(plot: uPlot, incidents: readonly PageIncident[]): readonly Shown[] {
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  return incidents.flatMap(({ startedMs, lastSeenMs }, index) => {
    const [from, to] = [startedMs / 1000, lastSeenMs / 1000];
    if (from > max || to < min) return [];
    return [{ number: index + 1, left: plot.valToPos(from, 'x', true), right: plot.valToPos(to, 'x', true) }];
  });
}

function clipped({ ctx, bbox }: uPlot, draw: (ctx: CanvasRenderingContext2D) => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}
