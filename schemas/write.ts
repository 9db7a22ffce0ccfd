// `npm run schemas`: writes the schemas anew, from the declarations in `src/core` and `results.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles } from './files.js';

for (const [name, text] of schemaFiles()) writeFileSync(join(import.meta.dirname, name), text);
