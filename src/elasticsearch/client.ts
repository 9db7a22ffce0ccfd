import { Client, Transport, errors } from '@elastic/elasticsearch';
import type { ClientOptions } from '@elastic/elasticsearch';
import type { Credentials, ElasticsearchSettings } from '../config/elasticsearch.js';
import { durationMs } from '../core/time.js';
import type { Answer } from './answer.js';

/** What comes back of an item: nothing but its status where it was written; and the error where the request was refused. */
const BULK_ANSWER = 'error,status,items.*.status,items.*.error';

/** OpenSearch neither says that it is Elasticsearch nor knows its media types. */
class OpenSearchTransport extends Transport {
  constructor({ productCheck, ...options }: ConstructorParameters<typeof Transport>[0]) {
    super({ ...options, vendoredHeaders: {} });
  }
}

export interface ConnectionConfig {
  readonly settings: ElasticsearchSettings;
  readonly credentials: Credentials | undefined;
  /** Text of the file that `ca_file` names. */
  readonly ca: string | undefined;
  /** What makes connections where that is not left to the client. */
  readonly agent?: ClientOptions['agent'] | undefined;
}

export type Method = 'GET' | 'POST' | 'PUT';

/** Asks Elasticsearch for something. It rejects for nothing that a server or a network can do. */
export type Request = (method: Method, path: string, body?: object) => Promise<Answer>;

/** A connection to Elasticsearch, or to OpenSearch. It tries nothing again by itself: who asks knows better what to. */
export class Connection {
  private readonly client: Client;

  constructor(config: ConnectionConfig) {
    this.client = new Client(clientOptions(config));
  }

  readonly request: Request = (method, path, body) =>
    this.ask({ method, path, ...(body === undefined ? {} : { body }) });

  /** Sends the body of a bulk request. */
  readonly bulk = (body: Buffer): Promise<Answer> =>
    this.ask({ method: 'POST', path: '/_bulk', querystring: { filter_path: BULK_ANSWER }, bulkBody: body });

  private async ask(params: Parameters<Client['transport']['request']>[0]): Promise<Answer> {
    try {
      const { statusCode, body } = await this.client.transport.request(params, { meta: true });
      return { kind: 'answer', status: statusCode, body };
    } catch (error) {
      if (error instanceof errors.ResponseError || error instanceof errors.ProductNotSupportedError)
        return { kind: 'answer', status: error.meta?.statusCode ?? 0, body: error.meta?.body };
      if (error instanceof errors.ElasticsearchClientError) return { kind: 'silence', text: error.message };
      throw error;
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function clientOptions({ settings, credentials, ca, agent }: ConnectionConfig): ClientOptions {
  return {
    ...(settings.nodes === undefined ? {} : { nodes: [...settings.nodes] }),
    ...(settings.cloud_id === undefined ? {} : { cloud: { id: settings.cloud_id } }),
    ...(credentials === undefined ? {} : { auth: credentials }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(agent === undefined ? {} : { agent }),
    ...(settings.distribution === 'opensearch' ? { Transport: OpenSearchTransport } : {}),
    requestTimeout: durationMs(settings.request_timeout),
    compression: settings.compression,
    maxRetries: 0,
    // By default an error holds a copy of its request, each byte of the body a member of an object: a hundred times its size.
    redaction: { type: 'remove' },
  };
}
