import { testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { ATTACKER, partner, stranger } from '../../../support/site.js';
import type { Act } from '../../../support/site.js';

/** So few clients and recipients are kept that a window of the scenes has more. */
const few = (happens: Act): { readonly happens: Act; readonly clientCap: number } => ({ happens, clientCap: 50 });

const CASES: readonly Case[] = [
  [
    'a client that tries foreign domains',
    [`relay_probe ${ATTACKER}`],
    few((site) => {
      site.times(400, (time, index) =>
        site.refuse(time, ATTACKER, 'relay_denied', [`x@d${String(index)}.example.net`]),
      );
    }),
  ],
  [
    'no client that goes on writing to one recipient elsewhere, while many others are refused',
    [],
    few((site) => {
      site.times(60, (time) => site.refuse(time, stranger(1), 'relay_denied', ['x@old.example.net']));
      site.times(40, (time) =>
        site.deliver(time, partner(site.below(40)), { unknown: Array.from({ length: 5 }, () => site.name()) }),
      );
    }),
  ],
  [
    'a client that tries many recipients',
    [`address_harvest ${ATTACKER}`],
    few((site) => {
      site.times(400, (time) => site.refuse(time, ATTACKER, 'user_unknown'));
    }),
  ],
  [
    'many clients that try a recipient each',
    ['distributed_dictionary'],
    few((site) => {
      site.times(400, (time) => site.refuse(time, stranger(site.below(240)), 'user_unknown'));
    }),
  ],
  [
    'many partners that write to a few who left',
    ['removed_accounts'],
    few((site) => {
      site.times(400, (time, index) =>
        site.refuse(time, partner(index), 'user_unknown', [`gone${String(Math.floor(index / 40) % 6)}@example.com`]),
      );
    }),
  ],
  [
    'no mailing lists with stale addresses',
    [],
    few((site) => {
      site.times(200, (time, index) =>
        site.deliver(time, partner(index), { recipients: 3, unknown: [site.name(), site.name()] }),
      );
    }),
  ],
  [
    'no many clients that are greylisted',
    [],
    few((site) => {
      site.times(100, (time) => site.refuse(time, stranger(site.below(240)), 'greylist'));
    }),
  ],
];

testCases('where there are too many to keep, still told is', CASES);
