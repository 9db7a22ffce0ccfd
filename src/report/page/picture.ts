import { button, h } from './dom.js';
import { pagedTable } from './table.js';
import type { Rows } from './table.js';
import type { Chart } from './time-chart.js';
import type { Zoom } from './zoom.js';

export interface PictureSpec {
  /** Says what one should see. */
  readonly title: string;
  readonly note: string;
  readonly unit: string;
  readonly chart: Chart;
  /** Time pictures follow the keys of the zoom. */
  readonly head: readonly string[];
  /** The numbers behind the visible stretch. */
  readonly rows: () => Rows;
}

const NEAR = '400px';

/** A chart with its title, legend and table. It is drawn when it comes near. */
export class Picture {
  readonly element: HTMLElement;
  private readonly host: HTMLElement;
  private readonly status = h('p', { class: 'sr', role: 'status' });
  private readonly details: HTMLDetailsElement;
  private isDrawn = false;
  private isNear = false;
  private isStale = false;

  constructor(
    private readonly spec: PictureSpec,
    private readonly zoom: Zoom,
    helpId: string,
  ) {
    this.host = h('div', {
      class: 'chart',
      tabindex: 0,
      role: 'group',
      'aria-roledescription': 'chart',
      'aria-label': spec.title,
      'aria-describedby': helpId,
    });
    this.host.addEventListener('keydown', (event) => this.press(event));
    this.details = h('details', {}, h('summary', {}, 'Table'));
    this.details.addEventListener('toggle', () => this.fillTable());
    this.element = h(
      'section',
      { class: 'picture' },
      h('h3', {}, spec.title),
      h('p', { class: 'note' }, spec.note, h('span', { class: 'unit' }, ` ${spec.unit}`)),
      this.host,
      spec.chart.legend,
      this.status,
      this.details,
    );
  }

  /** Starts to look whether it comes near, and how large it is. */
  watch(near: IntersectionObserver, sizes: ResizeObserver): void {
    near.observe(this.host);
    sizes.observe(this.host);
  }

  isOf(target: Element): boolean {
    return target === this.host;
  }

  comeNear(isNear: boolean): void {
    this.isNear = isNear;
    if (!isNear) return;
    this.draw();
    this.describe();
  }

  draw(): void {
    if (!this.isDrawn) {
      if (this.host.clientWidth === 0) return;
      this.isDrawn = true;
      this.spec.chart.draw(this.host);
    } else if (this.isStale) this.spec.chart.update();
    this.isStale = false;
  }

  follow(): void {
    this.isStale = true;
    this.fillTable();
    if (!this.isNear) return;
    this.draw();
    this.describe();
  }

  redraw(): void {
    if (this.isDrawn) this.spec.chart.redraw();
  }

  fit(width = this.host.clientWidth): void {
    if (this.isDrawn && width > 0) this.spec.chart.resize(width, this.host.clientHeight);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isArrow = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    if (event.shiftKey && isArrow) this.status.textContent = this.spec.chart.step(event.key === 'ArrowLeft' ? -1 : 1);
    else if (!this.zoom.press(event.key)) return;
    event.preventDefault();
  }

  private describe(): void {
    this.host.setAttribute('aria-label', `${this.spec.title}. ${this.spec.chart.summary()}.`);
  }

  private fillTable(): void {
    this.details.querySelector('.paged')?.remove();
    if (this.details.open) this.details.append(pagedTable(this.spec.title, this.spec.head, this.spec.rows()));
  }
}

/** Draws pictures as they come near, and all of them for a printer. */
export class Gallery {
  private readonly near: IntersectionObserver;
  private readonly sizes: ResizeObserver;
  private readonly pictures: Picture[] = [];

  constructor() {
    const of = (target: Element): Picture | undefined => this.pictures.find((picture) => picture.isOf(target));
    this.near = new IntersectionObserver(
      (entries) => entries.forEach(({ target, isIntersecting }) => of(target)?.comeNear(isIntersecting)),
      { rootMargin: NEAR },
    );
    this.sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => of(target)?.fit()));
  }

  add(picture: Picture): void {
    this.pictures.push(picture);
    picture.watch(this.near, this.sizes);
  }

  follow(): void {
    for (const picture of this.pictures) picture.follow();
  }

  redraw(): void {
    for (const picture of this.pictures) picture.redraw();
  }

  /** On paper all pictures are drawn, as wide as it is. */
  print(width: number | undefined): void {
    for (const picture of this.pictures) {
      if (width !== undefined) picture.draw();
      picture.fit(width);
      picture.redraw();
    }
  }

  clear(): void {
    this.near.disconnect();
    this.sizes.disconnect();
    this.pictures.length = 0;
  }
}

/** The buttons that do what the keys of a picture do. */
export function zoomButtons(zoom: Zoom): HTMLElement {
  return h(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'Time shown' },
    button('Earlier', () => zoom.earlier()),
    button('Later', () => zoom.later()),
    button('Zoom in', () => zoom.closer()),
    button('Zoom out', () => zoom.wider()),
    button('All', () => zoom.all()),
  );
}
