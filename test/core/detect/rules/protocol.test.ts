import { nothing, testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { ATTACKER, stranger, workstation } from '../../../support/site.js';
import type { Act } from '../../../support/site.js';

const MAIL_SERVER = '192.0.2.1';
const morning: Act = (site) => site.usual(4);
/** Sessions of many clients whose queries a cache answers. */
const shallow: Act = (site) =>
  site.times(600, (time) => {
    site.leaveAfterConnect(time, stranger(site.below(200)));
  });

const QUERIES: readonly Case[] = [
  [
    'another program on the mail server that asks',
    [`dns_only_surge ${MAIL_SERVER}`],
    (site) => {
      site.times(1500, (time) => site.ask(time, MAIL_SERVER, 'PTR'));
    },
  ],
  [
    'no retries of mail that waits',
    [],
    (site) => {
      site.times(400, (time, index) => site.retry(time, `W${String(index % 40)}`));
    },
  ],
  ['no newsletter', [], (site) => site.submit(site.startMs, 5, { domains: 600 })],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no other host that asks',
    [`dns_server_flood ${workstation(5)}`],
    (site) => {
      site.times(1500, (time) => site.ask(time, workstation(5), 'PTR'));
    },
  ],
  [
    'no upload that is always there',
    [],
    {
      always: (site) => site.times(1500, (time) => site.ask(time, MAIL_SERVER, 'PTR')),
      happens: nothing,
    },
  ],
];

const COEFFICIENT: readonly Case[] = [
  ['many sessions of many clients, with fewer queries each', ['coefficient_drop'], shallow],
  ['no morning', [], { happens: nothing, usual: morning }],
  ['no log of the misses of a cache', ['efficiency_drop'], { server: { dns_vantage: 'forwarder' }, happens: shallow }],
  [
    'no flood of one client, which is the reason',
    [`connect_flood ${ATTACKER}`],
    (site) => {
      site.times(600, (time) => site.leaveAfterConnect(time, ATTACKER));
    },
  ],
  [
    'no POP3 storm',
    ['pop3_storm'],
    (site) => {
      site.times(600, (time) => site.readMail(time, workstation(site.below(40))));
    },
  ],
];

const refusals: Act = (site) => site.times(600, (time) => site.refuse(time, stranger(site.below(200)), 'dnsbl'));
const EFFICIENCY: readonly Case[] = [
  [
    'many clients that are refused, with all the queries that this costs',
    ['efficiency_drop'],
    { happens: refusals, lists: 3 },
  ],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no greylisting of a few more clients',
    [],
    (site) => {
      site.times(25, (time) => site.refuse(time, stranger(site.below(200)), 'greylist'));
    },
  ],
  ['no site that refuses most, as always', [], { always: refusals, happens: nothing }],
  [
    'no few sessions, all of them in vain',
    [],
    {
      happens: nothing,
      usual: (site) => {
        site.times(10, (time) => site.breakOff(time, stranger(site.below(200))));
        site.times(40, (time) => site.readMail(time, workstation(1)));
      },
      windows: 2,
    },
  ],
];

testCases('a surge of DNS queries alone is', QUERIES);
testCases('a drop of the coefficient is', COEFFICIENT);
testCases('a drop of efficiency is', EFFICIENCY);
