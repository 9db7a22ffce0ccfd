import { describe, expect, test } from '@jest/globals';
import { Reinjections } from '../../src/core/reinjection.js';
import { opened } from '../support/events.js';

const [SERVICE, FILTER] = ['postfix/10025/smtpd', '127.0.0.1'];

function messages(evidence: Reinjections, count: number, over: Parameters<typeof opened>[0]): void {
  for (let n = 0; n < count; n += 1) evidence.addMessage(opened({ service: SERVICE, client_address: FILTER, ...over }));
}

function connects(evidence: Reinjections, count: number, client: string): void {
  for (let n = 0; n < count; n += 1) evidence.addConnect(SERVICE, client);
}

describe('a service takes messages back from a content filter', () => {
  test.each([
    [9, 0, false],
    [9, 1, false],
    [10, 0, true],
    [1, 0, false],
    [8, 2, false],
    [18, 2, true],
    [17, 3, false],
    [0, 10, false],
  ])('with %i messages of the filter and %i others: %s', (reinjected, others, isReinjecting) => {
    const evidence = new Reinjections();
    messages(evidence, reinjected, { orig_queue_id: 'Q0' });
    messages(evidence, others, {});

    expect(evidence.roles()).toEqual(isReinjecting ? { [SERVICE]: 'reinject' } : {});
  });

  test.each([
    [90, 10, true],
    [89, 11, false],
  ])('with %i connections of the filter and %i of others: %s', (own, others, isReinjecting) => {
    const evidence = new Reinjections();
    messages(evidence, 20, { orig_client: 'a.example.org[192.0.2.10]' });
    connects(evidence, own, FILTER);
    connects(evidence, others, '192.0.2.10');

    expect(evidence.roles()).toEqual(isReinjecting ? { [SERVICE]: 'reinject' } : {});
  });

  test('whatever the other services of its host do', () => {
    const evidence = new Reinjections();
    messages(evidence, 10, { orig_queue_id: 'Q0' });
    messages(evidence, 100, { service: 'postfix/smtpd' });

    expect(evidence.roles()).toEqual({ [SERVICE]: 'reinject' });
  });
});
