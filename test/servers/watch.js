// Stops a process and removes its folder when the process that started this ends: by then nobody else can. However it
// ends, the pipe that is the standard input here is closed.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 20_000;
const INTERVAL_MS = 100;

const [pid, folder = ''] = process.argv.slice(2);
const id = Number(pid);

await once(process.stdin.resume(), 'end');

const givenUpAt = Date.now() + STOP_TIMEOUT_MS;
signal('SIGTERM');
while (signal(0) && Date.now() < givenUpAt) await delay(INTERVAL_MS);
signal('SIGKILL');
rmSync(folder, { recursive: true, force: true });

/**
 * @param {NodeJS.Signals | 0} name
 * @returns {boolean} whether there is such a process
 */
function signal(name) {
  try {
    return process.kill(id, name);
  } catch {
    return false;
  }
}
