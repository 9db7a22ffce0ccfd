import { describe, expect, test } from '@jest/globals';
import { message, PACKET, parse } from './lines.js';

describe('a line of iplog', () => {
  test.each([
    ['UDP: dgram to domain from 192.0.2.25:40000 (38 data bytes)', { resolver: 'gpo' }],
    ['UDP: dgram to port 53 from 192.0.2.25:40000 (38 data bytes)', { resolver: 'gpo' }],
    ['UDP: dgram to 198.51.100.53:domain from 192.0.2.25:40000 (38 data bytes)', {}],
    [
      'UDP: dgram to ns1.example:port 53 from mx.example:40000 (38 data bytes)',
      { resolver: 'ns1.example', client_address: 'mx.example' },
    ],
    ['TCP: domain connection attempt from 192.0.2.25:40000', { resolver: 'gpo', transport: 'tcp' }],
    ['TCP: domain connection attempt to 198.51.100.53 from 192.0.2.25:40000', { transport: 'tcp' }],
  ])('to port 53 is a query: %s', (text, changed) => {
    expect(message('iplog[77]', text)).toEqual({ ...PACKET, ...changed });
  });

  test.each([
    'UDP: dgram to ntp from 192.0.2.25:40000 (38 data bytes)',
    'TCP: smtp connection attempt from 192.0.2.25:40000',
    'TCP: port scan detected [ports 53,25] from 192.0.2.25',
    'UDP: traceroute from 192.0.2.25',
    'UDP: dgram to domain from',
    'iplog started.',
  ])('is none: %s', (text) => {
    expect(message('iplog[77]', text)).toMatchObject({ kind: 'other', side: undefined });
  });

  test('in its own file has no host', () => {
    expect(parse('Nov 23 01:57:14 UDP: dgram to domain from 192.0.2.25:40000 (38 data bytes)')).toEqual({
      ...PACKET,
      resolver: undefined,
    });
    expect(parse('Nov 23 01:57:14 ICMP: echo from 192.0.2.25 (56 bytes)')).toMatchObject({
      kind: 'other',
      side: undefined,
    });
  });
});
