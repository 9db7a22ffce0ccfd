import { expect, test } from '@jest/globals';
import { scatterSpec } from '../../src/kibana/scatter.js';
import { compiled, drawn } from '../support/kibana/vega.js';

const SPEC = JSON.stringify(
  scatterSpec({
    x: { field: 'mxwarden.smtp.connects', title: 'Nc' },
    y: { field: 'mxwarden.dns.queries', title: 'Dq' },
    where: [],
    paper: { slope: 8.8, title: 'of the paper' },
  }),
);

function hit(connects: number, anomaly?: { readonly is_anomaly: boolean }): object {
  const mxwarden = { subject: 'mail:mx', smtp: { connects }, dns: { queries: 9 * connects }, anomaly };
  return { _source: { '@timestamp': '2003-07-05T00:00:00.000Z', mxwarden } };
}

test('a window on which there is no verdict is a point like others', async () => {
  const hits = [hit(1, { is_anomaly: true }), hit(2, { is_anomaly: false }), hit(3)];

  expect(await drawn(compiled(SPEC, { hits: { hits } }))).toEqual({ points: 3, lines: 2 });
});

test('without windows there are no words of Vega in the place of points', () => {
  expect(JSON.parse(SPEC)).toMatchObject({ config: { kibana: { hideWarnings: true } } });
});
