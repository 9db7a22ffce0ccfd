/** What a query in Kibana's language says: the part of the language that our objects are written in. */
export type Kql =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Kql[] }
  | { readonly kind: 'not'; readonly part: Kql }
  | { readonly kind: 'is'; readonly field: string; readonly value: Literal }
  | {
      readonly kind: 'range';
      readonly field: string;
      readonly operator: 'gte' | 'gt' | 'lte' | 'lt';
      readonly value: Literal;
    };

/** A word, of which stars stand for anything if it is not quoted. */
interface Literal {
  readonly text: string;
  readonly isQuoted: boolean;
  /** The pieces of the text, with `null` for what stands for anything; absent where nothing does. */
  readonly pattern?: readonly (string | null)[];
}

const RANGES = { '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt' } as const;
type RangeSign = keyof typeof RANGES;

type Token =
  | { readonly is: 'sign'; readonly text: '(' | ')' | ':' | RangeSign }
  | { readonly is: 'literal'; readonly literal: Literal };

/** The tokens of a query. @throws what cannot be one, with its place */
function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    const rest = query.slice(at);
    const space = /^\s+/.exec(rest)?.[0];
    const sign = /^(?:>=|<=|[():<>])/.exec(rest)?.[0];
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
    const word = /^(?:[^\s():<>"*{}\\]|\\.|\*)+/.exec(rest)?.[0];
    if (space !== undefined) at += space.length;
    else if (isSign(sign)) {
      tokens.push({ is: 'sign', text: sign });
      at += sign.length;
    } else if (quoted !== null) {
      tokens.push({ is: 'literal', literal: { text: unescaped(quoted[1] ?? ''), isQuoted: true } });
      at += quoted[0].length;
    } else if (word !== undefined) {
      tokens.push({ is: 'literal', literal: wordOf(word) });
      at += word.length;
    } else throw new Error(`KQL: ${JSON.stringify(rest.slice(0, 10))} at ${at} of ${query}`);
  }
  return tokens;
}

function isSign(text: string | undefined): text is '(' | ')' | ':' | RangeSign {
  return text !== undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

function wordOf(word: string): Literal {
  const pieces: readonly string[] = word.match(/(?:[^*\\]|\\.)+|\*/g) ?? [];
  const text = unescaped(word);
  if (!pieces.includes('*')) return { text, isQuoted: false };
  return { text, isQuoted: false, pattern: pieces.map((piece) => (piece === '*' ? null : unescaped(piece))) };
}

/** @throws what is wrong with the query */
export function parseKql(query: string): Kql | undefined {
  const tokens = tokensOf(query);
  if (tokens.length === 0) return undefined;
  let at = 0;
  const fail = (wanted: string): never => {
    throw new Error(`KQL: ${wanted} wanted as token ${at + 1} of ${query}`);
  };
  const isAt = (text: string): boolean => {
    const token = tokens[at];
    return token?.is === 'sign' && token.text === text;
  };
  const wordAt = (word: string): boolean => {
    const token = tokens[at];
    return token?.is === 'literal' && !token.literal.isQuoted && token.literal.text.toLowerCase() === word;
  };
  const literal = (): Literal => {
    const token = tokens[at];
    if (token?.is !== 'literal' || wordAt('and') || wordAt('or') || wordAt('not')) return fail('a value');
    at += 1;
    return token.literal;
  };
  /** `or` binds less than `and`, and that less than `not`. */
  const list = (kind: 'or' | 'and', part: () => Kql): Kql => {
    const parts = [part()];
    while (wordAt(kind)) {
      at += 1;
      parts.push(part());
    }
    const [first = fail('a test')] = parts;
    return parts.length === 1 ? first : { kind, parts };
  };
  const either = (leaf: () => Kql): Kql => list('or', () => list('and', () => negation(leaf)));
  const negation = (leaf: () => Kql): Kql => {
    if (!wordAt('not')) return group(leaf);
    at += 1;
    return { kind: 'not', part: group(leaf) };
  };
  const group = (leaf: () => Kql): Kql => {
    if (!isAt('(')) return leaf();
    at += 1;
    const inner = either(leaf);
    if (!isAt(')')) fail(')');
    at += 1;
    return inner;
  };
  const test = (): Kql => {
    const field = literal().text;
    const token = tokens[at];
    if (token?.is !== 'sign') return fail('a sign after the field: free text is not for us');
    at += 1;
    if (token.text === ':')
      return isAt('(')
        ? group(() => ({ kind: 'is', field, value: literal() }))
        : { kind: 'is', field, value: literal() };
    if (token.text === '(' || token.text === ')') return fail(':');
    return { kind: 'range', field, operator: RANGES[token.text], value: literal() };
  };
  const whole = either(test);
  if (at < tokens.length) fail('nothing more');
  return whole;
}

/** The fields that a query names. */
export function fieldsOfKql(query: Kql | undefined): readonly string[] {
  if (query === undefined) return [];
  switch (query.kind) {
    case 'and':
    case 'or':
      return query.parts.flatMap(fieldsOfKql);
    case 'not':
      return fieldsOfKql(query.part);
    case 'is':
    case 'range':
      return [query.field];
  }
}

/** A query as Kibana sends it to Elasticsearch. */
export function kqlFilter(query: Kql | undefined): object {
  if (query === undefined) return { match_all: {} };
  switch (query.kind) {
    case 'and':
      return { bool: { filter: query.parts.map(kqlFilter) } };
    case 'or':
      return { bool: { should: query.parts.map(kqlFilter), minimum_should_match: 1 } };
    case 'not':
      return { bool: { must_not: [kqlFilter(query.part)] } };
    case 'range':
      return { range: { [query.field]: { [query.operator]: query.value.text } } };
    case 'is':
      return isFilter(query.field, query.value);
  }
}

function isFilter(field: string, { text, isQuoted, pattern }: Literal): object {
  if (pattern === undefined) return { [isQuoted ? 'match_phrase' : 'match']: { [field]: text } };
  if (pattern.length === 1) return { exists: { field } };
  const words = pattern.map((piece) => (piece === null ? '*' : piece.replace(/[?*\\]/g, '\\$&')));
  return { wildcard: { [field]: { value: words.join('') } } };
}
