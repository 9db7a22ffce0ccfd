import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createZone } from '../../src/core/time.js';
import { createBlock } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import type { Parsed } from '../../src/parse/line.js';
import type { Case, Source } from './source.js';
import { elasticZeek, infoblox } from './sources/elastic.js';
import { grokPatterns } from './sources/grok-patterns.js';
import { hsn723 } from './sources/hsn723.js';
import { postfixParser } from './sources/postfix-parser.js';
import { sergeymakinen } from './sources/sergeymakinen.js';
import { zeek } from './sources/zeek.js';

/** How many of the lines that other projects test their parsers with are recognised, and how many fields come out alike. */
const SOURCES: readonly Source[] = [grokPatterns, postfixParser, sergeymakinen, hsn723, infoblox, elasticZeek, zeek];

const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);
/** A source that is not understood at all would fill the screen. */
const SHOWN = 40;

interface Result {
  readonly lines: number;
  readonly recognised: number;
  readonly compared: number;
  readonly right: number;
  /** Fields that we do not keep: of lines that carry nothing that is counted, or which have no use. */
  readonly unkept: number;
  readonly unrecognised: readonly string[];
  readonly wrong: readonly string[];
  readonly differing: readonly string[];
  readonly aside: readonly string[];
}

function examine({ fields, differences = [], ...source }: Source, path: string): Result {
  const { cases, counts = [] } = source.read(path);
  const events = parseAll(cases);
  const result = { lines: 0, recognised: 0, compared: 0, right: 0, unkept: 0 };
  const unrecognised: string[] = [];
  const wrong: string[] = [];
  const differing: string[] = [];
  const aside: string[] = [];
  const judge = (isRight: boolean, text: string): void => {
    result.compared += 1;
    if (isRight) result.right += 1;
    else wrong.push(text);
  };
  for (const [index, { line, expected, aside: why }] of cases.entries()) {
    const event = events[index] ?? { kind: 'dead', reason: 'no_envelope' };
    if (why !== undefined) {
      aside.push(`${why}: ${line}`);
      continue;
    }
    result.lines += 1;
    if (event.kind === 'dead' || event.kind === 'unrecognised') unrecognised.push(`${event.kind}: ${line}`);
    else result.recognised += 1;
    for (const [name, theirs] of Object.entries(expected)) {
      const field = fields[name];
      if (field === undefined) continue;
      const ours = field.ours(event);
      // What is not said to be of a kind is only known to be a line.
      if (ours === null || (event.kind === 'other' && expected.kind === undefined)) {
        result.unkept += 1;
        continue;
      }
      const known = differences.find((difference) => difference.field === name && line.includes(difference.line));
      const isRight = String(ours ?? '') === (field.normalise?.(theirs) ?? theirs);
      if (known !== undefined) differing.push(`${name}: ${theirs} there, ${String(ours)} here: ${known.why}: ${line}`);
      else judge(isRight, `${name}: ${theirs} there, ${String(ours)} here: ${line}`);
    }
  }
  for (const { name, expected, from, to, isCounted } of counts) {
    const known = differences.find((difference) => difference.field === name);
    const ours = events
      .slice(from, to)
      .filter((event, at) => cases[from + at]?.aside === undefined && isCounted(event));
    const text = `${name}: ${expected} there, ${ours.length} here`;
    if (known !== undefined) differing.push(`${text}: ${known.why}`);
    else judge(ours.length === expected, text);
  }
  return { ...result, unrecognised, wrong, differing, aside };
}

function parseAll(cases: readonly Case[]): readonly Parsed[] {
  const parse = createLineParser({ zone: createZone('UTC') });
  return cases.map(({ line }) => {
    const bytes = Buffer.from(line, 'utf8');
    return parse(createBlock(bytes), 0, bytes.length, REFERENCE_MS);
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function list(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`  and ${count(lines.length - SHOWN)} more`] : [];
  return [`${title} (${count(lines.length)}):`, ...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...more];
}

function main([folder]: readonly string[]): void {
  if (folder === undefined) throw new Error('Say where the sources are: npm run recognition FOLDER');
  const rows: string[] = [];
  const details: string[] = [];
  for (const source of SOURCES) {
    const path = join(folder, source.path);
    if (!existsSync(path)) {
      details.push(`${source.name}: left out, there is no ${path}`);
      continue;
    }
    const result = examine(source, path);
    const cells = [
      ...[source.name, source.licence, count(result.lines), percent(result.recognised, result.lines)],
      ...[count(result.compared), percent(result.right, result.compared)],
    ];
    rows.push(`| ${cells.join(' | ')} |`);
    details.push(
      `\n${source.name}: ${count(result.unkept)} fields are of what we do not keep`,
      ...list('Not recognised', result.unrecognised),
      ...list('Fields that are not theirs', result.wrong),
      ...list('Fields that differ, for a reason', result.differing),
      ...list('Left aside', result.aside),
    );
  }
  const head = ['| source | licence | lines | recognised | fields compared | right |', '|---|---|---:|---:|---:|---:|'];
  process.stdout.write(`${[...head, ...rows, ...details].join('\n')}\n`);
}

main(process.argv.slice(2));
