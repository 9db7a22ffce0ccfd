import { describe, expect, test } from '@jest/globals';
import { parse, TAPPED } from './lines.js';

describe('a message of dnstap', () => {
  const flat = {
    'dnstap.operation': 'CLIENT_QUERY',
    'dnstap.identity': 'ns1',
    'dnstap.timestamp-rfc3339ns': '2026-11-23T01:57:14.857534902Z',
    'dns.id': 681,
    'dns.qname': 'mx.example.com',
    'dns.qtype': 'MX',
    'dns.qclass': 'IN',
    'dns.rcode': 'NOERROR',
    'network.protocol': 'UDP',
    'network.query-ip': '192.0.2.25',
    'network.query-port': '40000',
    'network.response-ip': '198.51.100.53',
  };
  const asked = { ...TAPPED, resolver: 'ns1', rcode: undefined };

  test.each([
    ['that a client asks', {}, asked],
    ['of a server without a name', { 'dnstap.identity': '-' }, { ...asked, resolver: '198.51.100.53' }],
    ['that answers', { 'dnstap.operation': 'CLIENT_RESPONSE' }, { ...asked, rcode: 'NOERROR', direction: 'response' }],
    ['that an authoritative server is asked', { 'dnstap.operation': 'AUTH_QUERY' }, asked],
    [
      'that the server asks others itself',
      { 'dnstap.operation': 'RESOLVER_QUERY' },
      { kind: 'other', side: undefined },
    ],
  ])('%s', (_, changed, expected) => {
    expect(parse(JSON.stringify({ ...flat, ...changed }))).toMatchObject(expected);
  });

  test('in objects', () => {
    const document = {
      network: { protocol: 'UDP', 'query-ip': '192.0.2.25', 'query-port': '40000', 'response-ip': '198.51.100.53' },
      dns: { id: 681, qname: 'mx.example.com', qtype: 'MX', qclass: 'IN', rcode: 'NOERROR' },
      dnstap: { operation: 'CLIENT_QUERY', identity: 'ns1', 'timestamp-rfc3339ns': '2026-11-23T01:57:14.857Z' },
    };

    expect(parse(JSON.stringify(document))).toEqual(asked);
  });
});
