import { expect, test } from '@jest/globals';
import { within } from '../../../src/commands/doctor/trouble.js';
import { KafkaError } from '../../../src/kafka/errors.js';

const never = (): Promise<never> => new Promise(() => undefined);
const failing = (error: Error) => (): Promise<never> => Promise.reject(error);

test('a check that does not end is a failure when its time is up', async () => {
  // The clock of the limit alone keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  const findings = await within('topics', 20, never);
  clearInterval(alive);

  expect(findings).toEqual([
    expect.objectContaining({ area: 'topics', level: 'failure', text: 'Nothing came back within 0 s.' }),
  ]);
});

test('an error is a failure with its words and no stack', async () => {
  const [bug] = await within('stages', 1000, failing(new TypeError('x is not a function')));
  const [refusal] = await within('stages', 1000, failing(new KafkaError('It has no such records.')));

  expect(bug).toEqual({
    area: 'stages',
    level: 'failure',
    text: 'The check itself failed: x is not a function',
    next: 'Please report it, with this line.',
  });
  expect(refusal).toMatchObject({ level: 'failure', text: 'It has no such records.' });
});
