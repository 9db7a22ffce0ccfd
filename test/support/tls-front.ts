import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

const FOLDER = join(import.meta.dirname, 'tls');
/** A certificate for 127.0.0.1 that it vouches for itself. */
export const CERTIFICATE_FILE = join(FOLDER, 'certificate.pem');
const cert = readFileSync(CERTIFICATE_FILE, 'utf8');
export const FINGERPRINT = new X509Certificate(cert).fingerprint256;

/** TLS in front of a server that has none; a forger's certificate names the same authority, and sends that of it along. */
export async function tlsFront(
  address: string,
  isForged = false,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const { hostname, port } = new URL(address);
  const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
  const own = isForged ? { cert: read('forged.pem'), key: read('forged-key.pem') } : { cert, key: read('key.pem') };
  const server = createServer(own, (socket) => {
    const behind = connect(Number(port), hostname);
    socket.on('error', () => behind.destroy()).on('close', () => behind.destroy());
    behind.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  // Who does not believe the certificate ends the handshake.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  return {
    address: `https://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
