import { describe, expect, test } from '@jest/globals';
import { expectAnyMessage, message, QUESTION } from './lines.js';

const recursor = (text: string) => message('pdns_recursor[12]', text);
const QUERY = { ...QUESTION, client_port: 53123, transport: 'udp' } as const;
const UNNAMED = { qname: undefined, qtype: undefined };

describe('a question', () => {
  test.each([
    ["1 [1/1] question for 'mx.example.com|A' from 192.0.2.1:53123", {}],
    ["1 [1/1] question for 'mx.example.com.|A' from 192.0.2.1:53123", {}],
    ["1 [12/3] TCP question for 'mx.example.com|AAAA' from 192.0.2.1:53123", { transport: 'tcp', qtype: 'AAAA' }],
    ["0 [1/1] question for 'mx.example.com|A' from 192.0.2.1:53123 (ecs 203.0.113.0/24)", {}],
    ["1 [1/1] question for 'mx.example.com|A' from [2001:db8::1]:53123", { client_address: '2001:db8::1' }],
    ["1 [1/1] question for 'mx.example.com|A' from 192.0.2.1", { client_port: undefined }],
    ["1 [1/1] question for '.|NS' from 192.0.2.1:53123", { qname: '.', qtype: 'NS' }],
    ["1 [1/1] question for 'a|b'c|TXT' from 192.0.2.1:53123", { qname: "a|b'c", qtype: 'TXT' }],
    ['1 question answered from packet cache tag=0 from 192.0.2.1:53123', UNNAMED],
    ['1 question answered from packet cache tag=0 from 192.0.2.1', { ...UNNAMED, client_port: undefined }],
    [
      '1 TCP question answered from packet cache tag=0 from 192.0.2.1:53123 (via 198.51.100.1:5)',
      { ...UNNAMED, transport: 'tcp' },
    ],
  ])('%s', (text, fields) => {
    expect(recursor(text)).toEqual({ ...QUERY, ...fields });
  });

  test.each(['pdns_recursor[12]', 'pdns-recursor[12]', 'pdns_recursor'])('of tag %s', (tag) => {
    expect(message(tag, "1 [1/1] question for 'mx.example.com|A' from 192.0.2.1:53123")).toEqual(QUERY);
  });
});

describe('structured', () => {
  const opening = 'subsystem="syncres" level="0" prio="Info" tid="1" ts="1795424666.350"';
  const rest = 'proto="udp" qname="mx.example.com" qtype="A" remote="192.0.2.1:53123"';

  test.each([
    [`msg="Question" ${opening} ecs="" mtid="1" ${rest}`, {}],
    [`msg="Question answered from packet cache" subsystem="in" ${rest} source="192.0.2.1:53123" tag="0"`, {}],
    [
      `msg="TCP question answered from packet cache" subsystem="in" ${rest.replace('udp', 'tcp')}`,
      { transport: 'tcp' },
    ],
    [
      'msg="Question" remote="198.51.100.1:5" qtype="A" source="192.0.2.1:53123" proto="udp" qname="mx.example.com"',
      {},
    ],
    [
      'msg="Question" qname="a\\"b\\\\\\\\032c" qtype="A" remote="192.0.2.1:53123" proto="udp"',
      { qname: 'a"b\\\\032c' },
    ],
    [
      `msg="Answer" ${opening} additional="1" answers="1" rcode="0" rd="1" ${rest}`,
      { direction: 'response', rcode: 'NOERROR' },
    ],
    [`msg="Answer" ${opening} ${rest} rcode="5"`, { direction: 'response', rcode: 'REFUSED' }],
    [`msg="Answer" ${opening} ${rest} rcode="16"`, { direction: 'response', rcode: '16' }],
  ])('%s', (text, fields) => {
    expect(recursor(text)).toEqual({ ...QUERY, ...fields });
  });
});

test.each([
  ["1 [1/1] answer to question 'mx.example.com|A': 1 answers, 1 additional, took 0 packets, rcode=0", 'other'],
  ['Listening for UDP queries on 127.0.0.1:5313', 'other'],
  ['msg="Listening for queries" subsystem="config" level="0" address="127.0.0.1:53" proto="UDP"', 'other'],
  ["1 [1/1] question for 'mx.example.com' from 192.0.2.1:53123", 'unrecognised'],
  ["1 [1/1] question for 'mx.example.com|A' from nobody", 'unrecognised'],
  ['1 question answered from packet cache tag=0', 'unrecognised'],
  ['msg="Question" subsystem="syncres" qname="mx.example.com" qtype="A"', 'unrecognised'],
])('%s is %s', (text, kind) => {
  expect(recursor(text)).toMatchObject({ kind, side: 'dns' });
});

test('any text', () => {
  const words = [
    '1 ',
    '[1/1] ',
    'TCP ',
    "question for '",
    'x|A',
    "' from ",
    '192.0.2.1:53',
    'question answered from packet cache ',
  ];
  const pairs = [
    'msg="Question"',
    'msg="Answer"',
    ' qname="',
    ' remote="',
    ' source=',
    '" ',
    ' rcode="3"',
    '[::1]:5',
    ' from ',
  ];
  expectAnyMessage('pdns_recursor[1]', [...words, ...pairs]);
});
