import { Error as ERRORS_ONLY, View, logger, parse } from 'vega';
import type { LoggerInterface, Spec } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { isObject } from '../../../src/core/documents/value.js';
import { objectOf } from './objects.js';

/** Keeps what it is told. */
function keeper(said: string[]): LoggerInterface {
  const keep = (...words: readonly unknown[]): LoggerInterface => {
    said.push(words.map(String).join(' '));
    return silent;
  };
  const silent: LoggerInterface = Object.assign(logger(ERRORS_ONLY), { warn: keep, error: keep });
  return silent;
}

/**
 * The picture that a specification of Vega-Lite asks for, with this answer of Elasticsearch in the place of its request.
 * @throws what is wrong with it, be it a warning
 */
export function compiled(spec: string, answer: object): Spec {
  const value: unknown = JSON.parse(spec);
  if (!isSpec(value)) throw new Error('This is no specification of Vega-Lite 5.');
  const { format } = objectOf(objectOf(value).data);
  const said: string[] = [];
  const withData = { ...value, width: 400, height: 300, data: { values: answer, format: objectOf(format) } };
  const result = compile(withData, { logger: keeper(said) });
  parse(result.spec);
  if (said.length > 0) throw new Error(said.join('; '));
  return result.spec;
}

function isSpec(value: unknown): value is TopLevelSpec {
  return isObject(value) && typeof value.$schema === 'string' && value.$schema.endsWith('/vega-lite/v5.json');
}

/** Draws a picture, and counts its points and lines. @throws what is wrong with it, be it a warning */
export async function drawn(spec: Spec): Promise<{ readonly points: number; readonly lines: number }> {
  const said: string[] = [];
  const view = new View(parse(spec), { renderer: 'none', logger: keeper(said) });
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  if (said.length > 0) throw new Error(said.join('; '));
  const count = (role: string): number => svg.match(new RegExp(`aria-roledescription="${role}"`, 'g'))?.length ?? 0;
  return { points: count('point') + count('circle'), lines: count('line mark') };
}
