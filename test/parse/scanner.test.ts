import { describe, expect, test } from '@jest/globals';
import { createBlock } from '../../src/parse/block.js';
import type { Block } from '../../src/parse/block.js';
import { literal } from '../../src/parse/literal.js';
import { HASHES, Scanner } from '../../src/parse/scanner.js';

function scan(text: string): Scanner {
  const line = new Scanner();
  const bytes = Buffer.from(text, 'latin1');
  line.begin(createBlock(bytes), 0, bytes.length);
  return line;
}

describe('take', () => {
  test.each([
    ['connect from a', 'connect from ', true, 'a'],
    ['connect from', 'connect from ', false, 'connect from'],
    ['connect-from a', 'connect from ', false, 'connect-from a'],
    [']: a', ']: ', true, 'a'],
    [']; a', ']: ', false, ']; a'],
    ['ab', 'a', true, 'b'],
    ['ab', 'b', false, 'ab'],
    ['', 'a', false, ''],
    ['a', '', false, 'a'],
    ['late match', 'match', false, 'late match'],
  ])('of %j with %j is %j', (text, mark, expected, rest) => {
    for (const form of [mark, literal(mark)]) {
      const line = scan(text);

      expect(line.take(form)).toBe(expected);
      expect(line.rest()).toBe(rest);
    }
  });

  test('does not reach into what was cut off', () => {
    const line = scan('abc;d');
    line.cutLast(';');

    expect(line.take('abc;')).toBe(false);
    expect(line.take('abc')).toBe(true);
  });
});

describe('until', () => {
  test('gives what stands before the end and passes over both', () => {
    const line = scan('name[addr]');

    expect([line.until('['), line.until(']'), line.rest(), line.lost]).toEqual(['name', 'addr', '', false]);
  });

  test('without its end loses the line and passes over nothing', () => {
    const line = scan('name');

    expect([line.until('['), line.lost, line.rest()]).toEqual(['', true, 'name']);
  });

  test('does not find an end in what was cut off', () => {
    const line = scan('a; b, c');
    line.cutLast('; ');

    expect([line.until(','), line.lost]).toEqual(['', true]);
  });
});

test('upTo without its end gives everything that is left', () => {
  const line = scan('IN A');

  expect([line.upTo(' '), line.upTo(' '), line.upTo(' '), line.lost]).toEqual(['IN', 'A', '', false]);
});

test('skip tells whether it has passed over its text', () => {
  const line = scan('a=1, b=2');

  expect([line.skip(', '), line.skip(', '), line.rest()]).toEqual([true, false, 'b=2']);
});

test('has passes over nothing', () => {
  const line = scan('a=1, b=2');

  expect([line.has(', '), line.has('; '), line.rest()]).toEqual([true, false, 'a=1, b=2']);
});

test.each([
  ['8848BC46B5: from', '8848BC46B5'],
  ['postfix/smtpd[1]', 'postfix/smtpd'],
  ['pop3-login: x', 'pop3-login'],
  ['END-OF-MESSAGE from', 'END-OF-MESSAGE'],
  [': x', ''],
  ['', ''],
])('the word of %j is %j', (text, word) => {
  expect(scan(text).word()).toBe(word);
});

test.each([
  ['123]', 123, ']'],
  ['0', 0, ''],
  ['9007199254740991', 9007199254740991, ''],
  ['9007199254740993]', 9007199254740991, ']'],
  ['x1', undefined, 'x1'],
  ['/1', undefined, '/1'],
  [':1', undefined, ':1'],
  ['', undefined, ''],
])('the integer of %j is %j', (text, value, rest) => {
  const line = scan(text);

  expect([line.integer(), line.rest()]).toEqual([value, rest]);
});

test.each([
  ['07:', 7, ':'],
  ['7:', NaN, '7:'],
  ['7', NaN, '7'],
  ['a7', NaN, 'a7'],
])('the two digits of %j are %j', (text, value, rest) => {
  const line = scan(text);

  expect([line.digits(2), line.rest()]).toEqual([value, rest]);
});

test.each([
  ['5,', 500],
  ['05', 50],
  ['864', 864],
  ['864123', 864],
  ['', 0],
])('%j after a decimal point is %j thousandths', (text, value) => {
  expect(scan(text).thousandths()).toBe(value);
});

test('cutLast goes backwards and each cut ends the line earlier', () => {
  const line = scan('text; from=<a> to=<b>');

  expect([line.cutLast(' to=<'), line.cutLast(' to=<'), line.cutLast(' from=<'), line.rest()]).toEqual([
    'b>',
    undefined,
    'a>',
    'text;',
  ]);
});

test('cutLast does not reach back into what was passed over', () => {
  const line = scan('a, b');
  line.take('a, ');

  expect(line.cutLast(', ')).toBeUndefined();
});

test.each([
  ['abc\r', 'abc'],
  ['abc', 'abc'],
  ['\r', ''],
  ['a\rb', 'a\rb'],
])('of %j the line is %j', (text, rest) => {
  expect(scan(text).rest()).toBe(rest);
});

test('back returns to a mark and forgets what was lost', () => {
  const line = scan('abc');
  const start = line.mark();
  line.until(';');
  line.take('a');
  line.back(start);

  expect([line.lost, line.since(0), line.rest()]).toEqual([false, '', 'abc']);
});

test('peek is 0 where nothing is left', () => {
  const line = scan('ab');

  expect(line.peek()).toBe(97);
  line.rest();
  expect([line.peek(), line.isAtEnd()]).toEqual([0, true]);
});

test.each([
  ['plain', true],
  ['gr\u00fc\u00df', false],
  ['\u007f', true],
  ['\u0080', false],
])('%j is ASCII: %j', (text, expected) => {
  expect(scan(text).isAscii()).toBe(expected);
});

test('since gives what was passed over after a mark', () => {
  const line = scan('550 5.1.1 x');
  line.take('550 ');
  const start = line.mark();
  line.word();

  expect([line.since(start), line.since(0)]).toEqual(['5.1.1', '550 5.1.1']);
});

describe('the next four characters', () => {
  test.each([
    ['mail=1', true],
    ['mail', true],
    ['mai', false],
    ['data=1', false],
  ])('of %j are the head of mail=: %j', (text, expected) => {
    expect(scan(text).peekWord() === literal('mail=').head).toBe(expected);
  });
});

test('a text known from before is the same as any', () => {
  const line = scan('a.example.org[192.0.2.1]');

  expect([line.untilKnown('['), line.untilKnown(']'), line.lost]).toEqual(['a.example.org', '192.0.2.1', false]);
  expect([line.untilKnown(']'), line.lost]).toEqual(['', true]);
});

describe('the opening of another line of the block', () => {
  const afterOpening = (first: string, second: string, length: number): string | undefined => {
    const line = new Scanner();
    const block = createBlock(Buffer.from(`${first}\n${second}`, 'latin1'));
    line.begin(block, 0, first.length);
    for (let count = 0; count < length; count++) line.next();
    line.keepOpening();
    line.begin(block, first.length + 1, first.length + 1 + second.length);
    return line.takeOpening() ? line.rest() : undefined;
  };

  test.each([
    ['gpo a: x', 'gpo a: y', 4, 'a: y'],
    ['gpo a: x', 'gpo a: y', 7, 'y'],
    ['gpo a: x', 'gpo b: x', 5, undefined],
    ['gpo a: x', 'gqo a: x', 7, undefined],
    ['hpo a: x', 'gpo a: x', 7, undefined],
    ['gpo a: x', 'gpo a:', 6, undefined],
    ['gpo a: x', 'gpo', 4, undefined],
  ])('%j then %j: after the same %i bytes comes %j', (first, second, length, rest) => {
    expect(afterOpening(first, second, length)).toBe(rest);
  });

  test('is not that of another block, or forgotten', () => {
    const line = scan('gpo a: x');
    const isTaken = (block: Block): boolean => {
      line.begin(block, 0, 8);
      return line.takeOpening();
    };
    const [first, second] = [createBlock(Buffer.from('gpo a: x')), createBlock(Buffer.from('gpo a: y'))];
    line.begin(first, 0, 8);
    line.skip(' ');
    line.keepOpening();

    expect([isTaken(first), isTaken(second), isTaken(first)]).toEqual([true, false, true]);
    line.forgetOpening();
    expect(isTaken(first)).toBe(false);
  });
});

test('the five bytes at a distance make a small number, whatever stands around them', () => {
  const hashes = ['postfix/smtpd[1', 'example/smtpd[22', 'postfix/qmgr[1', 'postfix/smt'].map((text) =>
    scan(text).hash(8),
  );

  expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash < HASHES)).toBe(true);
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
  expect(hashes[3]).toBe(0);
});

test('characters come one by one, and 0 at the end', () => {
  const line = scan('ab');

  expect([line.next(), line.next(), line.next(), line.isAtEnd()]).toEqual([97, 98, 0, true]);
});
