import { afterEach, describe, expect, test } from '@jest/globals';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { FakeKibana } from '../support/kibana/fake-kibana.js';
import { setUpWith } from '../support/setup.js';
import { CERTIFICATE_FILE, FINGERPRINT, tlsFront } from '../support/tls-front.js';

const closed: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closed.splice(0).reverse()) await close();
});

async function behindTls(server: { readonly address: string; close(): Promise<void> }): Promise<string> {
  const front = await tlsFront(server.address);
  closed.push(() => server.close(), front.close);
  return front.address;
}

const SERVERS: readonly [string, (settings: object) => Promise<object>][] = [
  [
    'elasticsearch',
    async (settings) => ({ elasticsearch: { nodes: [await behindTls(await FakeElasticsearch.open())], ...settings } }),
  ],
  ['kibana', async (settings) => ({ kibana: { url: await behindTls(await FakeKibana.open()), ...settings } })],
];

describe.each(SERVERS)('%s with a certificate of its own authority', (section, settingsWith) => {
  test.each<[string, object]>([
    ['in a file', { ca_file: CERTIFICATE_FILE }],
    ['by its fingerprint', { ca_fingerprint: FINGERPRINT }],
    ['by its fingerprint without colons', { ca_fingerprint: FINGERPRINT.replaceAll(':', '').toLowerCase() }],
  ])('is believed if that is known: %s', async (_, settings) => {
    const { printed, problems } = await setUpWith(await settingsWith(settings));

    expect(problems).toEqual([]);
    expect(printed).toContain(': made\n');
  });

  test.each<[string, object, RegExp]>([
    ['is not known', {}, /self-signed certificate/],
    ['is another one', { ca_fingerprint: '00'.repeat(32) }, /fingerprint/],
  ])('is not believed if it %s, and the settings are named', async (_, settings, why) => {
    const { problems } = await setUpWith(await settingsWith(settings));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(why);
    expect(problems[0]).toMatch(
      new RegExp(`Check that .* runs, and ${section}\\.(?:nodes|url), ca_file and ca_fingerprint`),
    );
  });
});

test('a certificate that only names the authority of the fingerprint is refused before anything is said', async () => {
  const kibana = await FakeKibana.open();
  const front = await tlsFront(kibana.address, true);
  closed.push(() => kibana.close(), front.close);
  const settings = { kibana: { url: front.address, ca_fingerprint: FINGERPRINT, username: 'mx' } };
  const { problems } = await setUpWith(settings, { environment: { MXWARDEN_KIBANA_PASSWORD: 's3cret' } });

  expect(problems).toEqual([expect.stringMatching(/^GET \/api\/status: .*certificate signature failure\. /)]);
  expect(kibana.asked).toEqual([]);
});
