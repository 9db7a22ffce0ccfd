import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPaths } from './installed.js';

/** What a program said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The package of Debian that a program is in, where that has another name. */
const PACKAGES: Readonly<Record<string, string>> = { 'systemd-analyze': 'systemd', rsyslogd: 'rsyslog-kafka' };

/** @throws that a program is missing, with what to install */
export function programPath(name: string): string {
  const [path] = installedPaths(name);
  if (path === undefined)
    throw new Error(`${name} is not installed (Debian: apt-get install ${PACKAGES[name] ?? name}).`);
  return path;
}

/** rsyslogd with its module for Kafka. @throws that one of them is missing, with what to install */
export function rsyslogWithKafka(): string {
  const path = programPath('rsyslogd');
  const folder = mkdtempSync(join(tmpdir(), 'mxwarden-rsyslog-'));
  try {
    const main = join(folder, 'rsyslog.conf');
    writeFileSync(main, 'module(load="omkafka")\naction(type="omkafka" topic="t")\n');
    if (say([path, '-N1', '-f', main]).code === 0) return path;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error('rsyslog has no module for Kafka (Debian: apt-get install rsyslog-kafka).');
}

/** The command of Compose, which reads its files without an engine. @throws that it is missing, with what to install */
export function composeCommand(): readonly string[] {
  const commands = [['docker', 'compose'], ['docker-compose']];
  const found = commands.find((command) => say([...command, 'version']).code === 0);
  if (found === undefined) throw new Error('Compose is not installed (Debian: apt-get install docker-compose).');
  return found;
}

/** Runs a program to its end. */
export function say(command: readonly string[]): Said {
  const [program = '', ...args] = command;
  const env = { ...process.env, LC_ALL: 'C' };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
  return error === undefined ? { code: status, stdout, stderr } : { code: null, stdout: '', stderr: error.message };
}
