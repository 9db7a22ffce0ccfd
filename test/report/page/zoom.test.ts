import { describe, expect, test } from '@jest/globals';
import { Zoom, clamped } from '../../../src/report/page/zoom.js';

const WHOLE = { from: 1000, to: 2000 };

test.each([
  ['inside stays as it is', { from: 1200, to: 1300 }, { from: 1200, to: 1300 }],
  ['over the start is moved in', { from: 900, to: 1100 }, { from: 1000, to: 1200 }],
  ['over the end is moved in', { from: 1950, to: 2050 }, { from: 1900, to: 2000 }],
  ['longer than the whole is the whole', { from: 0, to: 5000 }, WHOLE],
  ['too short is made longer around its middle', { from: 1500, to: 1501 }, { from: 1480.5, to: 1520.5 }],
])('a range %s', (_, range, expected) => {
  expect(clamped(range, WHOLE, 40)).toEqual(expected);
});

test('a whole shorter than the shortest range is shown whole', () => {
  expect(clamped({ from: 5, to: 6 }, { from: 0, to: 10 }, 40)).toEqual({ from: 0, to: 10 });
});

describe('keys', () => {
  test.each([
    ['+', { from: 1250, to: 1750 }],
    ['=', { from: 1250, to: 1750 }],
  ])('%s zooms in', (key, expected) => {
    const zoom = new Zoom(WHOLE, 10);

    expect(zoom.press(key)).toBe(true);
    expect(zoom.range).toEqual(expected);
  });

  test('arrows move by a quarter of what is shown, and stop at the ends', () => {
    const zoom = new Zoom(WHOLE, 10);
    zoom.set({ from: 1250, to: 1750 });

    zoom.press('ArrowRight');
    expect(zoom.range).toEqual({ from: 1375, to: 1875 });
    for (let i = 0; i < 9; i += 1) zoom.press('ArrowRight');
    expect(zoom.range).toEqual({ from: 1500, to: 2000 });
    zoom.press('ArrowLeft');
    expect(zoom.range).toEqual({ from: 1375, to: 1875 });
  });

  test.each(['Home', '0', 'Escape'])('%s shows all', (key) => {
    const zoom = new Zoom(WHOLE, 10);
    zoom.set({ from: 1250, to: 1750 });

    expect(zoom.isWhole).toBe(false);
    zoom.press(key);
    expect(zoom.isWhole).toBe(true);
  });

  test('other keys are not taken', () => {
    expect(new Zoom(WHOLE, 10).press('Tab')).toBe(false);
  });
});

test('listeners are told of a change, not of none', () => {
  const zoom = new Zoom(WHOLE, 10);
  let told = 0;
  zoom.onChange(() => (told += 1));

  zoom.all();
  zoom.wider();
  expect(told).toBe(0);
  zoom.closer();
  expect(told).toBe(1);
});
