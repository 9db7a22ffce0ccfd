import * as v from 'valibot';
import { described, hostAndPort } from './settings.js';

/** From what must be seen to to what only helps to find a bug; each has those before it as well. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const NOWHERE = 'off';
const NO_LISTEN = 'is not ADDRESS:PORT, such as 127.0.0.1:9469 or "[::1]:9469", and not off';
const listen = v.pipe(
  v.string(NO_LISTEN),
  v.check((text) => text === NOWHERE || hostAndPort(text) !== undefined, NO_LISTEN),
  v.title('ADDRESS:PORT, or `off`'),
);

/** Settings of what a program that goes on for ever says of itself. */
export const telemetryEntries = {
  listen: described(v.optional(listen, '127.0.0.1:9469'), 'where /metrics, /livez and /readyz are, or off'),
  log_level: described(
    v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), 'info'),
    'what is logged: this and what is worse',
  ),
};

/** Where to listen by a setting that has been checked; `undefined` if nowhere. */
export function listenAddress(text: string): ReturnType<typeof hostAndPort> {
  return text === NOWHERE ? undefined : hostAndPort(text);
}
