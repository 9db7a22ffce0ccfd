import type uPlot from 'uplot';
import type { PageIncident } from '../page-data.js';
import { colourOf } from './palette.js';

/** More numbers than these would hide each other. */
const NUMBERS_SHOWN = 25;
const NARROWEST = 2;

/** Draws incidents behind a picture: the time they took, with their numbers. */
export function shade(plot: uPlot, incidents: readonly PageIncident[]): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const shown = incidents
    .map((incident, index) => ({ incident, number: index + 1 }))
    .filter(({ incident }) => incident.startedMs / 1000 <= max && incident.lastSeenMs / 1000 >= min);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  for (const [place, { incident, number }] of shown.entries()) {
    const left = plot.valToPos(incident.startedMs / 1000, 'x', true);
    const right = plot.valToPos(incident.lastSeenMs / 1000, 'x', true);
    ctx.fillStyle = colourOf('shade');
    ctx.fillRect(left, bbox.top, Math.max(NARROWEST, right - left), bbox.height);
    if (shown.length > NUMBERS_SHOWN) continue;
    ctx.fillStyle = colourOf('shade-text');
    ctx.fillText(String(number), left + 3 * devicePixelRatio, bbox.top + (2 + 13 * (place % 2)) * devicePixelRatio);
  }
  ctx.restore();
}
