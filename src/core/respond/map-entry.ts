import { clientKey, isAddress } from '../address.js';
import { ACTIONS } from './proposal.js';
import type { Action, Layer } from './proposal.js';

/** An action as an entry has it; a filter has somewhere to send mail to, `scan:127.0.0.1:10025`. */
export interface EntryAction {
  readonly name: Action;
  readonly destination?: string;
}

/** Reads `reject` or `filter:scan:127.0.0.1:10025`; `undefined` for any other text. */
export function parseAction(text: string): EntryAction | undefined {
  const filter = /^filter:([\w-]+:[!-~]*)$/i.exec(text);
  if (filter?.[1] !== undefined) return { name: 'filter', destination: filter[1] };
  const name = ACTIONS.find((action) => action === text.toLowerCase());
  return name === undefined || name === 'filter' ? undefined : { name };
}

const ACCESS: Readonly<Record<Exclude<Action, 'filter'>, string>> = {
  ok: 'OK',
  reject: 'REJECT',
  discard: 'DISCARD',
  dunno: 'DUNNO',
  hold: 'HOLD',
  // A restriction, as a table may have it: the log says what would have been refused.
  warn: 'warn_if_reject reject',
  defer: 'DEFER',
};

/** The right-hand side of an access(5) table. Of a rejection it has no text: it would be read by whoever is refused. */
export function accessOf({ name, destination = '' }: EntryAction): string {
  return name === 'filter' ? `FILTER ${destination}` : ACCESS[name];
}

/** What postscreen can do with a client by itself; what happens then is for all its entries (postscreen_denylist_action). */
const SCREEN: Readonly<Partial<Record<Action, string>>> = {
  ok: 'permit',
  dunno: 'dunno',
  warn: 'reject',
  reject: 'reject',
};

/** The right-hand side of postscreen's list; `undefined` for what only smtpd can do. */
export function screenOf({ name }: EntryAction): string | undefined {
  return SCREEN[name];
}

const NAME_LENGTH = 320;

/**
 * Whether a text from a log may stand as the key of an entry. In a table a blank ends a key, a `#` begins a comment, and
 * quotes and backslashes have a meaning of their own; an address without its local part would stand for a whole domain.
 */
export function isKey(key: string, layer: Layer): boolean {
  if (layer !== 'user' && layer !== 'recipients') return isClient(key);
  if (key.length > NAME_LENGTH || !/^[!-~]+$/.test(key) || /^#|["\\]/.test(key)) return false;
  return layer === 'user' ? !key.startsWith('@') : /^[^@]+@[^@]+$/.test(key);
}

/** One address, or of IPv6 the network of one client: never more. */
function isClient(key: string): boolean {
  const slash = key.indexOf('/');
  const address = slash < 0 ? key : key.slice(0, slash);
  return isAddress(address) && (slash < 0 || clientKey(address) === key);
}

/** A text on one line of a comment, whatever it holds. */
export function commented(text: string): string {
  return `# ${text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')}`;
}
