// `node --import ./test/support/typescript.js FILE.ts` runs TypeScript from its source, with the transformer of the tests.
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
