import { expect, test } from '@jest/globals';
import { inputAdvice } from '../../src/files/errors.js';

test('nobody is told to mend a file when too many are open', () => {
  expect(inputAdvice(Object.assign(new Error('too many open files'), { code: 'EMFILE' }))).toMatch(/ulimit -n/);
});
