import type { PageSubject } from '../page-data.js';
import { button, h, plain } from './dom.js';
import { durationText } from './format.js';
import { grainOf } from './grain.js';
import { around } from './incident-list.js';
import { zoomButtons } from './picture.js';
import type { Surroundings } from './time-chart.js';

const NAME_LENGTH = 80;
const CHIPS_SHOWN = 12;

interface ToolbarDeps extends Pick<Surroundings, 'zoom' | 'clock' | 'incidents' | 'isFine'> {
  readonly subjects: readonly PageSubject[];
  /** The one that is shown. */
  readonly index: number;
  readonly pick: (index: number) => void;
}

/** Which server and what time the pictures show; it stays in view. */
export function toolbar({ subjects, index, pick, zoom, clock, incidents, isFine }: ToolbarDeps): HTMLElement {
  const lengthS = subjects[index]?.lengthS ?? 0;
  const select = h(
    'select',
    { 'aria-label': 'Server' },
    ...subjects.map(({ subject }, i) => h('option', { value: i, selected: i === index }, plain(subject, NAME_LENGTH))),
  );
  select.addEventListener('change', () => {
    pick(Number(select.value));
    const next = document.querySelector<HTMLElement>('.toolbar select');
    next?.focus();
  });
  const range = h('p', { class: 'range', role: 'status' });
  const means = h('p', { class: 'note' });
  const chips = h('div', { class: 'chips' });
  const follow = (): void => {
    const { from, to } = zoom.range;
    const grain = grainOf(zoom.range, lengthS);
    range.textContent = `${clock.span(from, to, isFine)} ${clock.zone}`;
    means.textContent = grain > lengthS ? `a point is the mean of ${durationText(grain)}` : '';
    const shown = incidents
      .map((incident, i) => ({ incident, number: i + 1 }))
      .filter(({ incident }) => incident.startedMs / 1000 <= to && incident.lastSeenMs / 1000 >= from);
    chips.replaceChildren(
      ...shown
        .slice(0, CHIPS_SHOWN)
        .map(({ incident, number }) =>
          button(
            `${number} ${incident.name}`,
            () => zoom.set(around(incident.startedMs / 1000, incident.lastSeenMs / 1000)),
            { class: 'chip' },
          ),
        ),
    );
    if (shown.length > CHIPS_SHOWN)
      chips.append(h('span', { class: 'note' }, `and ${shown.length - CHIPS_SHOWN} more`));
  };
  zoom.onChange(follow);
  follow();
  return h(
    'div',
    { class: 'toolbar' },
    subjects.length > 1 ? select : undefined,
    range,
    means,
    zoomButtons(zoom),
    chips,
  );
}
