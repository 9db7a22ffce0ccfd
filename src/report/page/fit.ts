/** Numbers of windows, one each; `null` where a window has none. */
export type Values = (number | null)[];

/** Whether there is no number. */
export function isGap(value: number | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

export interface Fit {
  readonly n: number;
  readonly slope: number;
  readonly intercept: number;
  /** Pearson's; absent where one of the two does not vary. */
  readonly r: number | undefined;
}

const MINIMUM_POINTS = 10;

/** The least squares line of y on x over the windows from `first` up to `end`; `undefined` where it means nothing. */
export function fitLine(x: Values, y: Values, first = 0, end = x.length): Fit | undefined {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumYY = 0;
  let sumXY = 0;
  for (let i = first; i < end; i += 1) {
    const a = x[i];
    const b = y[i];
    if (isGap(a) || isGap(b)) continue;
    n += 1;
    sumX += a;
    sumY += b;
    sumXX += a * a;
    sumYY += b * b;
    sumXY += a * b;
  }
  const spreadX = n * sumXX - sumX * sumX;
  const spreadY = n * sumYY - sumY * sumY;
  const common = n * sumXY - sumX * sumY;
  if (n < MINIMUM_POINTS || spreadX <= 0) return undefined;
  const slope = common / spreadX;
  const r = spreadY > 0 ? common / (Math.sqrt(spreadX) * Math.sqrt(spreadY)) : undefined;
  return { n, slope, intercept: (sumY - slope * sumX) / n, r };
}
