/** Privileges of Elasticsearch that a work needs. */
export interface Needs {
  readonly cluster: readonly string[];
  readonly indices: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[];
}

/** Indices and data streams that mxwarden writes to. */
const INDICES = 'mxwarden-*';
const STREAMS = 'logs-mxwarden.*';

/**
 * Writing documents. An index is made with its first document, which also fills in what its constant fields are; before
 * alerts and rejections are written again after a restart they are searched for, also those of the last second.
 */
export const TO_WRITE: Needs = {
  cluster: [],
  indices: [
    { names: [INDICES], privileges: ['index', 'auto_configure'] },
    { names: [STREAMS], privileges: ['create_doc', 'auto_configure', 'read', 'maintenance'] },
  ],
};

/** Setting up, and looking whether all is well. */
export const TO_SET_UP: Needs = {
  cluster: ['manage_index_templates', 'manage_ilm', 'monitor'],
  indices: [{ names: [INDICES, STREAMS], privileges: ['manage'] }],
};
