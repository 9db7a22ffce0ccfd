import { exported } from '../src/kibana/saved-object.js';
import { kibanaObjects } from '../src/kibana/objects.js';

/** The files that are made of declarations in `src`, by their path in this folder. */
export function deployFiles(): ReadonlyMap<string, string> {
  return new Map([['kibana/mxwarden.ndjson', exported(kibanaObjects())]]);
}
