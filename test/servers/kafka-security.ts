import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Jdk } from './java.js';
import { startBroker } from './kafka-broker.js';
import type { BrokerSecurity } from './kafka-broker.js';
import { LOOPBACK } from './ports.js';
import type { OwnServer } from './server.js';

const run = promisify(execFile);

const LISTENERS: BrokerSecurity['listeners'] = [
  { name: 'SASL', protocol: 'SASL_PLAINTEXT' },
  { name: 'TLS', protocol: 'SSL' },
  { name: 'BOTH', protocol: 'SASL_SSL' },
  { name: 'MUTUAL', protocol: 'SSL' },
];
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const MODULES = 'org.apache.kafka.common.security';

/** A key and the certificate that it has signed itself, by which clients are known that encrypt. */
const CLIENT = join(import.meta.dirname, '..', 'support', 'tls');

/** A broker that also listens for clients that log in, and for those that encrypt. */
export interface SecuredKafka extends OwnServer {
  readonly saslAddress: string;
  readonly tlsAddress: string;
  readonly saslTlsAddress: string;
  /** Of clients that have a certificate themselves: this one, in PEM, with its key. */
  readonly mutualTlsAddress: string;
  readonly client: { readonly cert: string; readonly key: string };
  /** Of the one user, with PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. With OAUTHBEARER any token that is not signed will do. */
  readonly username: string;
  readonly password: string;
  /** That of the broker, in PEM, for `localhost` and 127.0.0.1; it vouches for itself. */
  readonly certificate: string;
}

/** A broker with all ways to connect, as a process of this machine. */
export async function startSecuredBroker(
  jdk: Jdk,
  given: Readonly<Record<string, string>> = {},
): Promise<SecuredKafka> {
  const username = 'mxwarden';
  const password = randomBytes(16).toString('hex');
  const { keystore, certificate } = await createCertificate(jdk, password);
  const clientFile = (name: string): Promise<string> => readFile(join(CLIENT, name), 'utf8');
  const client = { cert: await clientFile('certificate.pem'), key: await clientFile('key.pem') };
  const server = await startBroker(jdk, given, {
    listeners: LISTENERS,
    settingsIn: async (folder) => {
      const path = join(folder, 'keystore.p12');
      await writeFile(path, keystore, { mode: 0o600 });
      const trusted = join(folder, 'client.pem');
      await writeFile(trusted, client.cert);
      return { ...saslSettings(username, password), ...tlsSettings(path, password), ...mutualSettings(trusted) };
    },
    formatArgs: SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]),
  });
  const [saslAddress = '', tlsAddress = '', saslTlsAddress = '', mutualTlsAddress = ''] = server.ports
    .slice(-LISTENERS.length)
    .map((port) => `${LOOPBACK}:${port}`);
  const addresses = { saslAddress, tlsAddress, saslTlsAddress, mutualTlsAddress };
  return { ...server, ...addresses, username, password, certificate, client };
}

function saslSettings(username: string, password: string): Readonly<Record<string, string>> {
  const modules: [string, string][] = [
    ['plain', `${MODULES}.plain.PlainLoginModule required user_${username}="${password}";`],
    ...SCRAM.map((mechanism): [string, string] => [
      mechanism.toLowerCase(),
      `${MODULES}.scram.ScramLoginModule required;`,
    ]),
    [
      'oauthbearer',
      `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="${username}";`,
    ],
  ];
  const settings = ['sasl', 'both'].flatMap((listener) =>
    modules.map(([mechanism, module]): [string, string] => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      module,
    ]),
  );
  return { ...Object.fromEntries(settings), 'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM, 'OAUTHBEARER'].join(',') };
}

function tlsSettings(path: string, password: string): Readonly<Record<string, string>> {
  return {
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': path,
    'ssl.keystore.password': password,
    'ssl.key.password': password,
  };
}

function mutualSettings(trusted: string): Readonly<Record<string, string>> {
  return {
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.mutual.ssl.truststore.type': 'PEM',
    'listener.name.mutual.ssl.truststore.location': trusted,
  };
}

/** A key with a certificate that it has signed itself, made by Java's own tool. */
async function createCertificate(jdk: Jdk, password: string): Promise<{ keystore: Buffer; certificate: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mxwarden-certificate-'));
  try {
    const keytool = join(jdk.home, 'bin', 'keytool');
    const path = join(folder, 'keystore.p12');
    const store = ['-keystore', path, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'broker'];
    const names = ['-dname', 'CN=localhost', '-ext', `SAN=DNS:localhost,IP:${LOOPBACK}`];
    await run(keytool, ['-genkeypair', ...store, '-keyalg', 'RSA', '-keysize', '2048', '-validity', '2', ...names]);
    const { stdout } = await run(keytool, ['-exportcert', '-rfc', ...store]);
    return { keystore: await readFile(path), certificate: stdout };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
