// `npm test` runs this before the tests: it brings what they need beside Node where it can do so without a question, and
// prints a line each about what there is. A test fails where its need is missing, and says what to install.
import { startChromium } from '../support/chromium.js';
import { installedPaths } from '../support/installed.js';
import { canInstall, installPackage } from './apt.js';

/** Something that tests use. */
interface Need {
  readonly name: string;
  /** Where it is; throws if it is not there. */
  readonly find: () => Promise<string>;
  readonly debianPackage: string;
  /** To what the package would ask when it is installed. */
  readonly answers?: string;
}

const NEEDS: readonly Need[] = [
  { name: 'Chromium', find: findChromium, debianPackage: 'chromium' },
  {
    name: 'postmap',
    find: findPostmap,
    debianPackage: 'postfix',
    // Without a configuration no mail server starts.
    answers: 'postfix postfix/main_mailer_type select No configuration\n',
  },
];

for (const need of NEEDS) console.log(`${need.name}: ${await prepare(need)}`);

async function prepare({ find, debianPackage, answers }: Need): Promise<string> {
  try {
    return await find();
  } catch (error) {
    if (!canInstall()) return messageOf(error);
    const failure = installPackage(debianPackage, answers);
    if (failure !== undefined) return `${messageOf(error)} ${failure}`;
    return find().then((found) => `installed Debian's ${debianPackage}; ${found}`, messageOf);
  }
}

async function findChromium(): Promise<string> {
  const { browser, path } = await startChromium();
  const found = `${browser.version()}, ${path}`;
  await browser.close();
  return found;
}

async function findPostmap(): Promise<string> {
  const [path] = installedPaths('postmap');
  if (path === undefined) throw new Error('not installed (Debian: apt-get install postfix).');
  return path;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
