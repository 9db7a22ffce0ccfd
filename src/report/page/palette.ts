/** Colours of lines by number, and those of what stands behind them: the style sheet has them for each scheme. */
export type Colour = 'blue' | 'orange' | 'green' | 'purple' | 'red' | 'teal' | 'brown' | 'pink' | 'grey';

export const COLOURS: readonly Colour[] = ['blue', 'orange', 'green', 'purple', 'red', 'teal', 'brown', 'pink'];

type Name = Colour | 'grid' | 'muted' | 'band' | 'shade' | 'shade-text' | 'surface';

/** The colour as it is now: the scheme may change while the page is open. */
export function colourOf(name: Name): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
