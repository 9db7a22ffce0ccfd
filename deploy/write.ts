// `npm run kibana`: writes the objects for Kibana, the rules of Sigma and the roles anew, from the declarations in `src`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployFiles } from './files.js';

for (const [path, text] of deployFiles()) writeFileSync(join(import.meta.dirname, path), text);
