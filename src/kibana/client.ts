import { randomUUID } from 'node:crypto';
import { Client, Transport, errors } from '@elastic/elasticsearch';
import type { ClientOptions } from '@elastic/elasticsearch';
import type { Credentials } from '../config/credentials.js';
import type { KibanaSettings } from '../config/kibana.js';
import { parseDuration } from '../core/time.js';

/** What came back for a request: an answer of whatever status, or none. */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly headers: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'silence'; readonly text: string };

export type Method = 'GET' | 'POST' | 'PUT';

/** Objects as a file of Kibana's, to import. */
export interface ImportFile {
  readonly file: string;
}

/** Asks Kibana for something, in its space. It rejects for nothing that a server or a network can do. */
export type Request = (method: Method, path: string, body?: object | ImportFile) => Promise<Answer>;

export interface KibanaConfig {
  readonly settings: KibanaSettings;
  readonly credentials: Credentials | undefined;
  /** Text of the file that `ca_file` names. */
  readonly ca: string | undefined;
  /** What makes connections where that is not left to the client. */
  readonly agent?: ClientOptions['agent'] | undefined;
}

/** Kibana neither says that it is Elasticsearch nor knows its media types. */
class KibanaTransport extends Transport {
  constructor({ productCheck, ...options }: ConstructorParameters<typeof Transport>[0]) {
    const json = 'application/json';
    super({ ...options, vendoredHeaders: { jsonContentType: json, accept: json } });
  }
}

/** A connection to Kibana: authentication and TLS are those of the client of Elasticsearch. It tries nothing again. */
export class KibanaConnection {
  private readonly client: Client;
  private readonly prefix: string;

  constructor({ settings, credentials, ca, agent }: KibanaConfig) {
    this.prefix = settings.space === 'default' ? '' : `/s/${settings.space}`;
    this.client = new Client({
      node: settings.url,
      Transport: KibanaTransport,
      ...(credentials === undefined ? {} : { auth: credentials }),
      ...(ca === undefined ? {} : { tls: { ca } }),
      ...(agent === undefined ? {} : { agent }),
      // Without it Kibana refuses whatever changes something.
      headers: { 'kbn-xsrf': 'mxwarden' },
      requestTimeout: parseDuration(settings.request_timeout) ?? 0,
      maxRetries: 0,
    });
  }

  readonly request: Request = async (method, path, body) => {
    const { headers, sent } = encoded(body);
    try {
      const answer = await this.client.transport.request(
        { method, path: this.prefix + path, ...(sent === undefined ? {} : { body: sent }) },
        { meta: true, headers },
      );
      return answered(answer);
    } catch (error) {
      if (error instanceof errors.ResponseError) return answered(error.meta);
      if (error instanceof errors.ElasticsearchClientError) return { kind: 'silence', text: error.message };
      throw error;
    }
  };

  close(): Promise<void> {
    return this.client.close();
  }
}

function answered({ statusCode = 0, body, headers = {} }: errors.ResponseError['meta']): Answer {
  return { kind: 'answer', status: statusCode, body, headers };
}

interface Encoded {
  readonly headers: Readonly<Record<string, string>>;
  readonly sent: object | string | undefined;
}

function encoded(body: object | ImportFile | undefined): Encoded {
  if (body === undefined || !('file' in body) || typeof body.file !== 'string') return { headers: {}, sent: body };
  const boundary = `mxwarden-${randomUUID()}`;
  const head =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="mxwarden.ndjson"\r\n` +
    'content-type: application/ndjson\r\n\r\n';
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    sent: `${head}${body.file}\r\n--${boundary}--\r\n`,
  };
}
