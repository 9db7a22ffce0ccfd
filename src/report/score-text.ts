import type { Score } from '../core/discover.js';

/** How surely an address is a server's: `explains 99 % of 5,432 connections`. */
export function scoreText({ score, connects }: Score): string {
  return `explains ${Math.round(100 * score)} % of ${connects.toLocaleString('en-US')} connections`;
}
