import { describe, expect, test } from '@jest/globals';
import { base, message, PACKET } from './lines.js';

const ENDS = 'SRC=192.0.2.25 DST=198.51.100.53';
const IP = 'LEN=71 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF';

describe('a packet of the firewall', () => {
  test.each([
    [`[123.456] DNS: IN=eth0 OUT= MAC=00:00:5e:00:53:01 ${ENDS} ${IP} PROTO=UDP SPT=40000 DPT=53 LEN=51 `, {}],
    [`[123.456] IN= OUT=eth0 ${ENDS} ${IP} PROTO=UDP SPT=40000 DPT=53`, {}],
    [
      `[lan-dns-A]IN=eth0 OUT=eth1 ${ENDS} ${IP} PROTO=TCP SPT=40000 DPT=53 WINDOW=1 RES=0x00 SYN URGP=0`,
      { transport: 'tcp' },
    ],
    [
      'IN=eth0 OUT= SRC=2001:0db8:0000:0000:0000:0000:0000:0025 DST=2001:0db8:0000:0000:0000:0000:0000:0053 LEN=71 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=40000 DPT=53 LEN=51',
      {
        client_address: '2001:0db8:0000:0000:0000:0000:0000:0025',
        resolver: '2001:0db8:0000:0000:0000:0000:0000:0053',
      },
    ],
  ])('to port 53 is a query: %s', (text, changed) => {
    expect(message('kernel', text)).toEqual({ ...PACKET, ...changed });
    expect(message('ulogd[77]', text)).toEqual({ ...PACKET, ...changed });
  });

  test.each([
    `IN=eth0 OUT= ${ENDS} ${IP} PROTO=UDP SPT=53 DPT=40000 LEN=51`,
    `IN=eth0 OUT= ${ENDS} ${IP} PROTO=UDP SPT=40000 DPT=5353 LEN=51`,
    `IN=eth0 OUT= ${ENDS} ${IP} PROTO=TCP SPT=40000 DPT=53 WINDOW=1 RES=0x00 ACK URGP=0`,
    `IN=eth0 OUT= ${ENDS} ${IP} PROTO=TCP SPT=40000 DPT=53 WINDOW=1 RES=0x00 ACK SYN URGP=0`,
    `IN=eth0 OUT= ${ENDS} ${IP} PROTO=ICMP TYPE=3 CODE=3 [${ENDS} ${IP} PROTO=UDP SPT=40000 DPT=53 LEN=51 ]`,
    `IN=eth0 OUT= ${ENDS} ${IP} FRAG:64 PROTO=UDP`,
    `IN=eth0 OUT= ${ENDS}`,
    '[123.456] eth0: link up',
    '',
  ])('is none, and says nothing about a server: %j', (text) => {
    const tag = text === '' ? 'ulogd[77]' : 'kernel';
    const process_id = text === '' ? 77 : undefined;

    expect(message(tag, text)).toEqual({
      kind: 'other',
      ...base(tag.split('[')[0] ?? '', process_id),
      side: undefined,
    });
  });

  test('in the words of another program is nothing', () => {
    expect(message('sshd[1]', `Invalid user x IN= ${ENDS} PROTO=UDP SPT=1 DPT=53`).kind).toBe('unrecognised');
  });
});
