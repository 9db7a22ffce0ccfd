import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { configuredServers } from '../../src/config/servers.js';

const serversOf = async (text: string) =>
  configuredServers(await loadConfig({ name: 'mx.yaml', text }, {}, 'Asia/Tokyo'));

test('a server has its id as host and the zone of all, unless it has its own', async () => {
  const servers = await serversOf(
    'servers:\n  - {id: a, addresses: [192.0.2.1]}\n  - {id: b, hosts: [h], timezone: Europe/Berlin, addresses: [192.0.2.2]}\n',
  );

  expect(servers).toMatchObject([
    { id: 'a', hosts: ['a'], timezone: 'Asia/Tokyo' },
    { id: 'b', hosts: ['h'], timezone: 'Europe/Berlin' },
  ]);
});

test('a server without an address is not seen by any DNS log', async () => {
  const servers = await serversOf(
    'servers:\n  - {id: a, dns_vantage: forwarder}\n  - {id: b, dns_vantage: forwarder, addresses: [192.0.2.2]}\n  - {id: c, addresses: [192.0.2.3]}\n',
  );

  expect(servers.map((server) => server.dns_vantage)).toEqual(['none', 'forwarder', 'stub']);
});
