import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { SECOND_MS } from '../core/time.js';
import { reasonOf } from '../files/errors.js';

/** Where a client connects to, in the words of undici. */
interface Place {
  readonly hostname: string;
  readonly port: string;
}

/** What the client of Elasticsearch takes to make its connections. */
export interface Agent {
  readonly connections: number;
  readonly connect: (place: Place, done: (error: Error | null, socket: TLSSocket | null) => void) => void;
}

const CONNECTIONS = 256;
const CONNECT_MS = 10 * SECOND_MS;
const HTTPS_PORT = 443;

/**
 * Connects to servers of whose certificate an authority with this fingerprint is the root. A server gives the certificate of
 * its authority as well: it is looked at before anything is said, and from then on all is checked as if it were in a file.
 * The client's own check of a fingerprint takes any certificate that only names that authority.
 */
export function fingerprintAgent(fingerprint: string): Agent {
  let ca: string | undefined;
  const secured = async (place: Place): Promise<TLSSocket> => {
    ca ??= await authorityOf(place, plain(fingerprint));
    return open(place, { ca });
  };
  return {
    connections: CONNECTIONS,
    connect: (place, done) => {
      secured(place).then(
        (socket) => done(null, socket),
        (error: unknown) => done(new Error(reasonOf(error), { cause: error }), null),
      );
    },
  };
}

/** The certificate with this fingerprint among those that a server gives. */
async function authorityOf(place: Place, fingerprint: string): Promise<string> {
  const socket = await open(place, { rejectUnauthorized: false });
  const seen = new Set<string>();
  let certificate: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  socket.destroy();
  // The last one is its own issuer, or has none.
  while (certificate !== undefined) {
    const { raw, fingerprint256 = '', issuerCertificate }: Partial<DetailedPeerCertificate> = certificate;
    if (raw === undefined || seen.has(fingerprint256)) break;
    if (plain(fingerprint256) === fingerprint) return new X509Certificate(raw).toString();
    seen.add(fingerprint256);
    certificate = issuerCertificate;
  }
  throw new Error('none of the certificates of the server has the fingerprint that is given');
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

async function open({ hostname, port }: Place, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({
    host: hostname,
    port: port === '' ? HTTPS_PORT : Number(port),
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ALPNProtocols: ['http/1.1'],
    ...options,
  });
  socket.setNoDelay(true);
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('no connection in time')));
  await once(socket, 'secureConnect');
  socket.setTimeout(0);
  return socket;
}
