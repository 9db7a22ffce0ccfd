import { describe, expect, test } from '@jest/globals';
import { parse, TAPPED } from './lines.js';

describe("a record of Suricata's own log", () => {
  const eve = (changed: object) =>
    parse(
      JSON.stringify({
        timestamp: '2026-11-23T01:57:14.857120+0000',
        event_type: 'dns',
        src_ip: '192.0.2.25',
        src_port: 40000,
        dest_ip: '198.51.100.53',
        dest_port: 53,
        proto: 'UDP',
        ...changed,
      }),
    );
  const back = { src_ip: '198.51.100.53', src_port: 53, dest_ip: '192.0.2.25', dest_port: 40000 };
  const asked = { ...TAPPED, qclass: undefined };

  test.each([
    [1, { dns: { type: 'query', id: 681, rrname: 'mx.example.com', rrtype: 'MX', tx_id: 0 } }, { rcode: undefined }],
    [
      2,
      {
        ...back,
        dns: { version: 2, type: 'answer', id: 681, rcode: 'NXDOMAIN', rrname: 'mx.example.com', rrtype: 'MX' },
      },
      { direction: 'response' },
    ],
    [
      3,
      { dns: { version: 3, type: 'request', id: 681, queries: [{ rrname: 'mx.example.com', rrtype: 'MX' }] } },
      { rcode: undefined },
    ],
    [
      3,
      {
        ...back,
        dns: {
          version: 3,
          type: 'response',
          id: 681,
          rcode: 'NXDOMAIN',
          queries: [{ rrname: 'mx.example.com', rrtype: 'MX' }],
        },
      },
      { direction: 'response' },
    ],
    [
      3,
      {
        dns: {
          version: 3,
          type: 'response',
          id: 681,
          rcode: 'NXDOMAIN',
          queries: [{ rrname: 'mx.example.com', rrtype: 'MX' }],
        },
      },
      { direction: 'response' },
    ],
  ])('of version %i: %j', (_, changed, expected) => {
    expect(eve(changed)).toEqual({ ...asked, ...expected });
  });

  test('about something else is not counted', () => {
    expect(eve({ event_type: 'flow' })).toMatchObject({ kind: 'other', side: undefined });
  });
});
