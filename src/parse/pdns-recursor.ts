import type { Event } from '../core/event.js';
import { endpoint, nextEndpoint, queryEvent, responseEvent, withoutFinalDot } from './dns-event.js';
import type { Question } from './dns-event.js';
import type { Envelope } from './envelope.js';
import { other, takeAny } from './grammar.js';
import { literal } from './literal.js';
import { valueOf } from './pairs.js';
import { questionUpTo } from './pdns-question.js';
import type { Scanner } from './scanner.js';

const BLANK = literal(' ');
const TASK = literal('[');
const END_OF_TASK = literal('] ');
const TCP = literal('TCP ');
const QUESTION = literal("question for '");
const CACHED = literal('question answered from packet cache ');
const FROM = literal("' from ");
const CACHED_FROM = literal(' from ');
const MESSAGE = literal('msg="');
const ANSWER = literal('Answer"');
const QUESTIONS = [
  literal('Question"'),
  literal('Question answered from packet cache"'),
  literal('TCP question answered from packet cache"'),
];

/** The grammar of PowerDNS Recursor, 3.7 to 5.4, with `quiet=no`: `question for`, or structured. */
export function pdnsRecursor(line: Scanner, envelope: Envelope): Event | undefined {
  if (line.take(MESSAGE)) return structured(line, envelope);
  // `1 [12/3] `: the thread, its task and how many of these there are.
  line.integer();
  line.take(BLANK);
  if (line.take(TASK)) line.skip(END_OF_TASK);
  const transport = line.take(TCP) ? 'tcp' : 'udp';
  if (line.take(QUESTION)) return question(line, envelope, transport);
  return line.take(CACHED) ? cached(line, envelope, transport) : other(envelope, 'dns');
}

/** `example.com|A' from 192.0.2.1:53123 (ecs 198.51.100.0/24)`. */
function question(line: Scanner, envelope: Envelope, transport: string): Event | undefined {
  const asked = questionUpTo(line, FROM);
  const from = nextEndpoint(line);
  if (asked === undefined || from === undefined) return undefined;
  const { client_address, client_port } = from;
  return queryEvent(envelope, { client_address, client_port, qname: asked.qname, qtype: asked.qtype, transport });
}

/** `tag=0 from 192.0.2.1:53123 (via 198.51.100.1:53)`, which names no name. */
function cached(line: Scanner, envelope: Envelope, transport: string): Event | undefined {
  if (!line.skip(CACHED_FROM)) return undefined;
  const from = nextEndpoint(line);
  if (from === undefined) return undefined;
  const { client_address, client_port } = from;
  return queryEvent(envelope, { client_address, client_port, qname: undefined, qtype: undefined, transport });
}

/** `Question" subsystem="syncres" level="0" ... proto="udp" qname="example.com" qtype="A" remote="192.0.2.1:53123"`. */
function structured(line: Scanner, envelope: Envelope): Event | undefined {
  const isQuestion = takeAny(line, QUESTIONS);
  if (!isQuestion && !line.take(ANSWER)) return other(envelope, 'dns');
  const start = line.mark();
  const asked = structuredQuestion(line, start);
  if (asked === undefined || isQuestion) return asked && queryEvent(envelope, asked);
  const code = valueOf(line, start, RCODE);
  return responseEvent(envelope, asked, RCODES[Number(code)] ?? code);
}

const QNAME = literal(' qname=');
const QTYPE = literal(' qtype=');
const PROTOCOL = literal(' proto=');
/** The client, where `remote` may be a proxy in front of it; older versions know `remote` only. */
const SOURCE = literal(' source=');
const REMOTE = literal(' remote=');
const RCODE = literal(' rcode=');
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

function structuredQuestion(line: Scanner, start: number): Question | undefined {
  const from = endpoint(valueOf(line, start, SOURCE)) ?? endpoint(valueOf(line, start, REMOTE));
  if (from === undefined) return undefined;
  const { client_address, client_port } = from;
  const qname = withoutFinalDot(valueOf(line, start, QNAME)) || undefined;
  const qtype = valueOf(line, start, QTYPE) || undefined;
  const transport = valueOf(line, start, PROTOCOL) || undefined;
  return { client_address, client_port, qname, qtype, transport };
}
