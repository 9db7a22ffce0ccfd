import { DEFAULT_WINDOW_SIZE, kibanaObjects } from '../src/kibana/objects.js';
import { detectionRules, exportedRules } from '../src/kibana/rules.js';
import { exported } from '../src/kibana/saved-object.js';
import { ROLE_FILES } from './roles.js';
import { sigmaRules } from './sigma.js';

/** The files that are made of declarations in `src`, by their path in this folder. */
export function deployFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['kibana/mxwarden.ndjson', exported(kibanaObjects())],
    ['kibana/detection-rules.ndjson', exportedRules(detectionRules())],
    ...ROLE_FILES.map(([name, text]) => [`roles/${name}`, text] as const),
    ...sigmaRules(DEFAULT_WINDOW_SIZE).map(([name, text]) => [`sigma/${name}`, text] as const),
  ]);
}
