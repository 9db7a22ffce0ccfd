import { expect, test } from '@jest/globals';
import { createBlock } from '../../src/parse/block.js';
import { Familiar } from '../../src/parse/familiar.js';
import { literal } from '../../src/parse/literal.js';
import { Scanner } from '../../src/parse/scanner.js';

function scan(text: string): Scanner {
  const line = new Scanner();
  const bytes = Buffer.from(text, 'latin1');
  line.begin(createBlock(bytes), 0, bytes.length);
  return line;
}

const known = (text: string) => ({ text, opening: literal(text) });

test('what is known is found and passed over, also where its key is that of another', () => {
  const familiar = new Familiar<ReturnType<typeof known>>(1);
  // All have the same five bytes after the first.
  for (const text of ['xabcde1 ', 'yabcde1 ', 'xabcde2 ']) familiar.keep(known(text));

  for (const text of ['xabcde1 ', 'yabcde1 ', 'xabcde2 ', 'xabcde1 ']) {
    const line = scan(`${text}rest`);

    expect([familiar.find(line)?.text, line.rest()]).toEqual([text, 'rest']);
  }
});

test('what is not known is not passed over', () => {
  const familiar = new Familiar<ReturnType<typeof known>>(1);
  familiar.keep(known('abc '));
  const line = scan('abd rest');

  expect([familiar.find(line), line.rest()]).toEqual([undefined, 'abd rest']);
});

test('the texts of a log that has very many do not pile up', () => {
  const familiar = new Familiar<ReturnType<typeof known>>(0);
  for (let i = 0; i < 100; i++) familiar.keep(known(`host${String(i)} `));

  const found = Array.from({ length: 100 }, (_, i) => familiar.find(scan(`host${String(i)} rest`))).filter(Boolean);
  expect(found.map((one) => one?.text)).toEqual(Array.from({ length: 16 }, (_, i) => `host${String(84 + i)} `));
});
