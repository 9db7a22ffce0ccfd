import { nothing, testCases } from '../../../support/rule-cases.js';
import type { Case } from '../../../support/rule-cases.js';
import { partner, stranger, workstation } from '../../../support/site.js';
import { active, localQueued, opened, queued, removed } from '../../../support/events.js';
import type { Act } from '../../../support/site.js';

const morning: Act = (site) => site.usual(4);
/** One message to many recipients elsewhere. */
const newsletter: Act = (site) => site.submit(site.startMs, 5, { domains: 600 });
const bounces: Act = (site) => site.times(100, (time) => site.deliver(time, stranger(site.below(100)), { sender: '' }));

const DEFERRALS: readonly Case[] = [
  [
    'messages that come into the queue, and stay there',
    ['deferral_storm'],
    (site) => {
      site.times(120, (time, index) => site.submitToQueue(time, index));
    },
  ],
  [
    'no retries of mail that waits',
    [],
    (site) => {
      site.times(400, (time, index) => site.retry(time, `W${String(index % 40)}`));
    },
  ],
  ['no newsletter', [], newsletter],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no queue that is emptied',
    [],
    (site) => {
      site.times(100, (time) => site.leaveQueue(time));
    },
  ],
];

const POP3: readonly Case[] = [
  [
    'a client that polls all the time',
    ['pop3_storm'],
    (site) => {
      site.times(300, (time) => site.readMail(time, workstation(3)));
    },
  ],
  [
    'many clients that poll all the time',
    ['pop3_storm'],
    (site) => {
      site.times(400, (time) => site.readMail(time, workstation(site.below(40))));
    },
  ],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no monitor that has always polled',
    [],
    {
      always: (site) => site.times(300, (time) => site.readMail(time, workstation(3))),
      happens: nothing,
    },
  ],
  [
    'no two more clients',
    [],
    (site) => {
      site.times(10, (time, index) => site.readMail(time, workstation(index % 2)));
    },
  ],
];

const BACKSCATTER: readonly Case[] = [
  ['bounces of mail that was never sent', ['backscatter'], bounces],
  [
    'no bounces of a newsletter of its own',
    [],
    (site, window) => {
      if (window === 0) newsletter(site, window);
      bounces(site, window);
    },
  ],
  [
    'no bounces that come after a newsletter of its own',
    [],
    (site, window) => {
      (window === 0 ? newsletter : bounces)(site, window);
    },
  ],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no bounces that it sends itself',
    [],
    (site) => {
      site.times(60, (time) => site.bounce(time));
    },
  ],
];

const OUTBOUND: readonly Case[] = [
  [
    'one user who sends far more than any',
    ['outbound_mass_mailing user7'],
    (site) => {
      site.times(300, (time) => site.submit(time, 7, { client: '203.0.113.99', domains: 2 }));
    },
  ],
  ['no newsletter to many recipients', [], newsletter],
  ['no morning', [], { happens: nothing, usual: morning }],
  [
    'no program that has always sent that much',
    [],
    { always: (site) => site.times(200, (time) => site.submit(time, 7)), happens: nothing },
  ],
  [
    'no newsletter that comes in',
    [],
    (site) => {
      site.times(300, (time) => site.deliver(time, partner(2)));
    },
  ],
  [
    'no mailing list of its own that sends each subscriber a message of his',
    [],
    (site) => {
      site.times(200, (time, index) => {
        const queue_id = `L${String(index)}`;
        site.mail(localQueued({ time, queue_id }), queued({ time, queue_id }), active({ time, queue_id }));
        site.transmit(time, queue_id, 'sent');
        site.mail(removed({ time, queue_id }));
      });
    },
  ],
  [
    'no mailing list on another host that does so, and need not log in',
    [],
    (site) => {
      site.times(200, (time) => {
        const queue_id = site.connect(time, '192.0.2.50');
        site.mail(opened({ time, client_address: '192.0.2.50', queue_id }), queued({ time, queue_id }));
        site.mail(active({ time, queue_id }));
        site.transmit(time, queue_id, 'sent');
        site.mail(removed({ time, queue_id }));
        site.leave(time, '192.0.2.50', { ehlo: 1, mail: 1, rcpt: 1, data: 1, quit: 1 });
      });
    },
  ],
  [
    'no report of the server itself to many',
    [],
    (site) => {
      site.mail(localQueued({ time: site.startMs, queue_id: 'L1' }));
      site.times(100, (time) => site.transmit(time, 'L1', 'sent'));
    },
  ],
];

testCases('a deferral storm is', DEFERRALS);
testCases('a POP3 storm is', POP3);
testCases('backscatter is', BACKSCATTER);
testCases('outbound mass mailing is', OUTBOUND);
