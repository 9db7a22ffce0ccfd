import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installedPaths } from '../support/installed.js';

/** Where Debian, Fedora and macOS install Java. */
const FOLDERS = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'];

/** A Java that can compile. */
export interface Jdk {
  readonly home: string;
  /** 17, 21, 25. */
  readonly major: number;
}

/** The JDKs of this machine: that of JAVA_HOME, that of PATH, then the others. */
export function installedJdks(): readonly Jdk[] {
  const named = process.env.JAVA_HOME ?? '';
  const onPath = installedPaths('javac').map((path) => dirname(dirname(realpathSync(path))));
  const beside = FOLDERS.filter(existsSync).flatMap((folder) =>
    readdirSync(folder).flatMap((name) => [join(folder, name), join(folder, name, 'Contents', 'Home')]),
  );
  const homes = [named, ...onPath, ...beside].filter((home) => existsSync(join(home, 'bin', 'javac')));
  return [...new Set(homes.map((home) => realpathSync(home)))].flatMap((home) => {
    const major = majorOf(home);
    return major === undefined ? [] : [{ home, major }];
  });
}

/** The oldest that is new enough: what a server was made for is more likely to run it than what came later. */
export function oldestJdk(jdks: readonly Jdk[], minimum: number): Jdk | undefined {
  return jdks.filter(({ major }) => major >= minimum).sort((a, b) => a.major - b.major)[0];
}

function majorOf(home: string): number | undefined {
  const path = join(home, 'release');
  if (!existsSync(path)) return undefined;
  const [, major] = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(path, 'utf8')) ?? [];
  return major === undefined ? undefined : Number(major);
}
