import { nothing, testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { ATTACKER, partner, stranger } from '../../../support/site.js';

const OWN = '192.0.2.130';

const DICTIONARY: readonly Case[] = [
  [
    'many clients that try a recipient each',
    ['distributed_dictionary'],
    (site) => {
      site.times(150, (time) => site.refuse(time, stranger(site.below(100)), 'user_unknown'));
    },
  ],
  [
    'no many partners that write to a few who left',
    ['removed_accounts'],
    (site) => {
      site.times(150, (time, index) =>
        site.refuse(time, partner(index), 'user_unknown', [`gone${String(index % 3)}@example.com`]),
      );
    },
  ],
  [
    'no one client that tries them all',
    [`address_harvest ${ATTACKER}`],
    (site) => {
      site.times(150, (time) => site.refuse(time, ATTACKER, 'user_unknown'));
    },
  ],
  [
    'no many clients that are greylisted',
    [],
    (site) => {
      site.times(60, (time) => site.refuse(time, stranger(site.below(100)), 'greylist'));
    },
  ],
  [
    'no many mailing lists with stale addresses',
    [],
    (site) => {
      site.times(80, (time, index) => site.deliver(time, partner(index), { recipients: 3, unknown: [site.name()] }));
    },
  ],
  ['no morning', [], { happens: nothing, usual: (site) => site.usual(3) }],
];

const REMOVED: readonly Case[] = [
  [
    'many partners that write to a few who left',
    ['removed_accounts'],
    (site) => {
      site.times(120, (time, index) =>
        site.refuse(time, partner(index), 'user_unknown', [`gone${String(index % 4)}@example.com`]),
      );
    },
  ],
  [
    'no dictionary',
    ['distributed_dictionary'],
    (site) => {
      site.times(150, (time) => site.refuse(time, stranger(site.below(100)), 'user_unknown'));
    },
  ],
  [
    'no few misspelt addresses',
    [],
    (site) => {
      site.times(4, (time, index) => site.refuse(time, partner(index), 'user_unknown', ['jon@example.com']));
    },
  ],
  [
    'no strangers that write to a few spam traps',
    [],
    (site) => {
      site.times(60, (time, index) =>
        site.refuse(time, stranger(index), 'user_unknown', [`trap${String(index % 3)}@example.com`]),
      );
    },
  ],
];

const own = { own_networks: [`${OWN}/32`], partners: [partner(1)] };
const MISCONFIGURED: readonly Case[] = [
  [
    'an own host that is refused again and again',
    [`misconfigured_client ${OWN}`],
    { server: own, happens: (site) => site.times(50, (time) => site.refuse(time, OWN, 'dnsbl')) },
  ],
  [
    'a partner that is refused again and again',
    [`misconfigured_client ${partner(1)}`],
    { server: own, happens: (site) => site.times(50, (time) => site.refuse(time, partner(1), 'dnsbl')) },
  ],
  [
    'no own host that is refused now and then',
    [],
    { server: own, happens: (site) => site.times(6, (time) => site.refuse(time, OWN, 'dnsbl')) },
  ],
  [
    'no stranger that is refused again and again',
    [],
    { server: own, happens: (site) => site.times(40, (time) => site.refuse(time, stranger(1), 'dnsbl')) },
  ],
  [
    'no partner that sends many messages, and is greylisted at first',
    [],
    {
      server: own,
      happens: (site) => {
        site.times(50, (time) => site.refuse(time, partner(1), 'greylist'));
        site.times(50, (time) => site.deliver(time, partner(1)));
      },
    },
  ],
];

testCases('a distributed dictionary attack is', DICTIONARY);
testCases('mail to removed accounts is', REMOVED);
testCases('a misconfigured client is', MISCONFIGURED);
