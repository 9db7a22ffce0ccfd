import { nothing, testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { ATTACKER, DAYS, partner, stranger, workstation } from '../../../support/site.js';
import { HOUR_MS } from '../../../../src/core/time.js';

const HARVEST: readonly Case[] = [
  [
    'one client that tries many recipients in few sessions',
    [`address_harvest ${ATTACKER}`],
    (site) => {
      site.times(8, (time) =>
        site.refuse(
          time,
          ATTACKER,
          'user_unknown',
          Array.from({ length: 8 }, () => site.name()),
        ),
      );
    },
  ],
  [
    'one client that tries a recipient in each session, and hits one now and then',
    [`address_harvest ${ATTACKER}`],
    (site) => {
      site.times(60, (time) => site.refuse(time, ATTACKER, 'user_unknown'));
      site.times(4, (time) => site.deliver(time, ATTACKER));
    },
  ],
  [
    'no mailing list with stale addresses',
    [],
    (site) => {
      site.times(40, (time) => site.deliver(time, partner(1), { recipients: 4, unknown: [site.name()] }));
    },
  ],
  [
    'no client that is greylisted for many recipients',
    [],
    (site) => {
      site.times(30, (time) => site.refuse(time, stranger(1), 'greylist', [site.name(), site.name()]));
    },
  ],
  [
    'no partner that goes on writing to one recipient who left',
    ['removed_accounts'],
    (site) => {
      site.times(60, (time) => site.refuse(time, partner(1), 'user_unknown', ['gone@example.com']));
    },
  ],
];

const AUTH: readonly Case[] = [
  [
    'one client that guesses passwords',
    [`auth_flood ${ATTACKER}`],
    (site) => {
      site.times(60, (time) => site.guess(time, ATTACKER));
    },
  ],
  [
    'one client that guesses passwords of mailboxes',
    [`auth_flood ${ATTACKER}`],
    (site) => {
      site.times(60, (time) => site.guessPop3(time, ATTACKER));
      site.times(2, (time) => site.readMail(time, ATTACKER));
    },
  ],
  [
    'no webmail that reads the mail of many users, of whom some have wrong passwords',
    [],
    {
      always: (site) => site.times(120, (time) => site.readMail(time, '192.0.2.200')),
      happens: (site) => {
        site.times(40, (time) => site.guessPop3(time, '192.0.2.200'));
        site.times(30, (time) => site.guess(time, '192.0.2.200'));
      },
    },
  ],
  [
    'no telephone with an old password',
    [],
    (site) => {
      site.times(5, (time) => site.guess(time, workstation(3)));
    },
  ],
  [
    'no gateway of many users, of whom some have wrong passwords',
    [],
    {
      always: (site) => site.times(20, (time, index) => site.submit(time, index, { client: '192.0.2.200' })),
      happens: (site) => {
        site.times(40, (time) => site.guess(time, '192.0.2.200'));
      },
    },
  ],
  [
    'no many users who cannot log in once',
    [],
    (site) => {
      site.times(80, (time) => site.guess(time, stranger(site.below(100))));
    },
  ],
];

const RELAY: readonly Case[] = [
  [
    'one client that tries several foreign domains',
    [`relay_probe ${ATTACKER}`],
    (site) => {
      for (let index = 0; index < 6; index += 1)
        site.refuse(site.startMs + index, ATTACKER, 'relay_denied', [`x@d${String(index)}.example.net`]);
    },
  ],
  [
    'no client with a stale record of the mail exchangers of one domain',
    [],
    (site) => {
      site.times(10, (time, index) =>
        site.refuse(time, stranger(1), 'relay_denied', [`x${String(index)}@old.example.net`]),
      );
    },
  ],
  [
    'no client whose other mail is accepted',
    [],
    (site) => {
      site.times(8, (time, index) =>
        site.refuse(time, partner(1), 'relay_denied', [`x@d${String(index)}.example.net`]),
      );
      site.times(8, (time) => site.deliver(time, partner(1)));
    },
  ],
  [
    'no many clients with one domain each',
    [],
    (site) => {
      site.times(20, (time, index) =>
        site.refuse(time, stranger(index), 'relay_denied', [`x@d${String(index)}.example.net`]),
      );
    },
  ],
];

const CONNECTS: readonly Case[] = [
  [
    'one client whose sessions have nothing in them',
    [`connect_flood ${ATTACKER}`],
    (site) => {
      site.times(400, (time) => site.breakOff(time, ATTACKER));
    },
  ],
  ['no window as usual', [], nothing],
  [
    'no health probe that is most of the sessions, as always',
    [],
    {
      always: (site) => {
        for (let index = 0; index < 300; index += 1) site.probe(site.startMs + index * 1000);
      },
      happens: nothing,
    },
  ],
  [
    'no newsletter that comes in',
    [],
    (site) => {
      site.times(400, (time) => site.deliver(time, partner(1)));
    },
  ],
  [
    'no client that tries again and again after greylisting',
    [],
    (site) => {
      site.times(60, (time, index) => site.refuse(time, stranger(1), 'greylist', [`u${String(index)}@example.com`]));
    },
  ],
];

const FLOODS: readonly Case[] = [
  [
    'one client that is refused most of the time',
    [`single_client_flood ${ATTACKER}`],
    (site) => {
      site.times(500, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
    },
  ],
  [
    'no newsletter that comes in',
    [],
    (site) => {
      site.times(300, (time) => site.deliver(time, stranger(7)));
    },
  ],
  [
    'no proxy in front of the server',
    [],
    {
      happens: nothing,
      usual: (site) => {
        site.times(70, (time) => site.deliver(time, '192.0.2.3'));
        site.times(30, (time) => site.refuse(time, '192.0.2.3', 'greylist'));
        site.times(20, (time, index) => site.submit(time, index, { client: '192.0.2.3' }));
        site.times(40, (time) => site.readMail(time, '192.0.2.3'));
      },
    },
  ],
  ['no morning, in which all there is becomes more', [], { happens: nothing, usual: (site) => site.usual(4) }],
  [
    'no morning of a Monday',
    [],
    {
      startMs: DAYS.weekend + 11 * HOUR_MS,
      happens: nothing,
      usual: (site, window) => site.usual(1 + window),
      windows: 6,
      after: 0,
    },
  ],
  [
    'no burst of a mailing list',
    [],
    (site) => {
      site.times(80, (time, index) => site.deliver(time, partner(index % 3), { recipients: 5 }));
    },
  ],
];

testCases('an address harvest is', HARVEST);
testCases('password guessing is', AUTH);
testCases('a relay probe is', RELAY);
testCases('a connection flood is', CONNECTS);
testCases('a flood of one client is', FLOODS);
