import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, parse, QUESTION } from './lines.js';

const dnsdist = (text: string) => message('dnsdist[12]', text);
const QUERY = { ...QUESTION, client_port: 53123, id: 4711 } as const;
const PACKET = 'Packet from 192.0.2.1:53123 for mx.example.com. A with id 4711';

describe('a packet', () => {
  test.each([
    [PACKET, {}],
    [`[1795399034.123456789] ${PACKET}`, {}],
    ['Packet from [2001:db8::1]:53123 for mx.example.com. A with id 4711', { client_address: '2001:db8::1' }],
    ['Packet from 192.0.2.1:53123 for . NS with id 4711', { qname: '.', qtype: 'NS' }],
    [
      'msg="Logging packet" subsystem="query-processing" level="0" prio="Info" ts="1.2" dns.question.class="IN" dns.question.name="mx.example.com." dns.question.type="A" proto="Do53 UDP" source.address="192.0.2.1:53123"',
      { id: undefined },
    ],
  ])('%s', (text, fields) => {
    expect(dnsdist(text)).toEqual({ ...QUERY, ...fields });
  });

  test('in a file of its own is of no resolver that the line names', () => {
    expect(parse(`[1795399034.000000001] ${PACKET}`)).toEqual({ ...QUERY, resolver: undefined });
  });
});

test.each([
  ['Got query for mx.example.com.|A from 192.0.2.1:53123, relayed to 198.51.100.53:53', 'other'],
  ['Got answer from 198.51.100.53:53, relayed to 192.0.2.1:53123 (UDP), took 10 us', 'other'],
  ["Marking downstream 198.51.100.53:53 as 'down'", 'other'],
  ['Packet from nobody for mx.example.com. A with id 4711', 'unrecognised'],
  ['Packet from 192.0.2.1:53123 for mx.example.com.', 'unrecognised'],
  ['msg="Logging packet" level="0"', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(dnsdist(text)).toMatchObject({ kind, side: 'dns' });
});

test('any text', () => {
  const pieces = [
    '[1.2] ',
    'Packet from ',
    '192.0.2.1:53',
    '[::1]:5',
    ' for ',
    'x. ',
    'A ',
    'with id ',
    'msg="Logging packet"',
    ' source.address="',
    '" ',
  ];
  expectAnyMessage('dnsdist', pieces);
});
