import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Of the network; then apt says which host it could not reach. */
const PATIENCE = ['-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::Retries=1', '-o', 'DPkg::Lock::Timeout=120'];
const TIMEOUT_MS = 600_000;

/** True where packages can be installed without asking anyone: as root on Debian. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && runs('apt-get', ['--version']).ok;
}

/**
 * Installs a package of Debian with the answers that its installation asks for; what is there is kept, and nothing is
 * removed for it.
 * @returns why it could not be installed
 */
export function installPackage(name: string, answers = ''): string | undefined {
  if (answers !== '') runs('debconf-set-selections', [], answers);
  const install = ['install', '-y', '--no-install-recommends', '--no-remove', ...PATIENCE, name];
  // The lists of a new machine are empty, those of an old one are out of date.
  if (runs('apt-get', install).ok) return undefined;
  const update = runs('apt-get', ['update', ...PATIENCE]);
  const { ok, reason } = runs('apt-get', install);
  if (ok) return undefined;
  return update.ok ? reason : `${update.reason}; ${reason}`;
}

function runs(program: string, args: readonly string[], input = ''): { ok: boolean; reason: string } {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const { error, status, signal, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env,
    input,
    timeout: TIMEOUT_MS,
  });
  const complaints = (error === undefined ? stderr : error.message)
    .split('\n')
    .filter((line) => /^[EW]:|spawn/.test(line));
  const end = signal ?? `exit code ${String(status)}`;
  return { ok: status === 0, reason: `${program} ${args[0] ?? ''}: ${[...complaints, end].join(' ')}` };
}
