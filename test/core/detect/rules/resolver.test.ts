import { query } from '../../../support/events.js';
import { nothing, testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { workstation } from '../../../support/site.js';

const SECONDARY = '192.0.2.53';

const INFECTED: readonly Case[] = [
  [
    'a workstation that asks for mail exchangers',
    [`infected_host ${workstation(3)}`],
    (site) => {
      site.times(60, (time) => {
        site.ask(time, workstation(3), 'MX');
        site.ask(time, workstation(3), 'A');
      });
    },
  ],
  [
    'no mail server elsewhere that has always asked for them',
    [],
    {
      always: (site) => site.times(40, (time) => site.ask(time, SECONDARY, 'MX')),
      happens: (site) => site.times(60, (time) => site.ask(time, SECONDARY, 'MX')),
    },
  ],
  [
    'no newsletter of our own mail server',
    [],
    (site) => {
      site.submit(site.startMs, 5, { domains: 600 });
    },
  ],
  [
    'no client that asks a little of everything',
    [],
    {
      always: (site) => site.times(300, (time) => site.ask(time, workstation(3), 'A')),
      happens: (site) => site.times(25, (time) => site.ask(time, workstation(3), 'MX')),
    },
  ],
  [
    'no person who looks up a few',
    [],
    (site) => {
      site.times(8, (time) => site.ask(time, workstation(3), 'MX'));
    },
  ],
];

const FLOOD: readonly Case[] = [
  [
    'one client that asks far more than all usually do',
    [`dns_server_flood ${workstation(3)}`],
    (site) => {
      site.times(1000, (time) => site.ask(time, workstation(3), 'A'));
    },
  ],
  [
    'the usual clients, each of which asks far more',
    ['dns_server_flood'],
    (site) => {
      site.times(1000, (time) => site.ask(time, workstation(site.below(10)), 'A'));
    },
  ],
  [
    'queries that are refused',
    ['dns_server_flood 203.0.113.77'],
    (site) => {
      site.times(1000, (time) => {
        site.ask(time, '203.0.113.77', 'ANY');
        site.events.push(query({ time, client_address: '203.0.113.77', direction: 'response', rcode: 'REFUSED' }));
      });
    },
  ],
  ['no morning, when more clients ask', [], { happens: nothing, usual: (site) => site.usual(4) }],
  [
    'no client that has always asked that much',
    [],
    {
      always: (site) => site.times(1000, (time) => site.ask(time, workstation(3), 'A')),
      happens: nothing,
    },
  ],
  [
    'no mail of our own mail server',
    [],
    (site) => {
      site.submit(site.startMs, 5, { domains: 600 });
    },
  ],
];

testCases('an infected host is', INFECTED);
testCases('a DNS server under load is', FLOOD);
