import { KAFKA_SECRETS } from '../config/kafka.js';

/** Kafka cannot be used as it is; the message says why, and what to do. */
export class KafkaError extends Error {
  readonly code = 'KAFKA' as const;
}

/** What is known of an error of kafkajs, or of another one. */
interface Failure {
  readonly name: string;
  readonly message: string;
  /** The name of the error in the protocol, such as `TOPIC_AUTHORIZATION_FAILED`. */
  readonly type: string;
  /** The code of a failed system call, or of TLS. */
  readonly code: string;
  readonly broker: string;
}

/** What lies at the ground of an error: kafkajs puts that which it has tried in vain into others. */
export function failureOf(error: unknown): Failure {
  const cause = textOf(error, 'name').startsWith('KafkaJS') ? causeOf(error) : undefined;
  if (cause instanceof Error && cause !== error) return failureOf(cause);
  return {
    name: textOf(error, 'name'),
    message: error instanceof Error ? error.message : String(error),
    type: textOf(error, 'type'),
    code: textOf(error, 'code'),
    broker: textOf(error, 'broker'),
  };
}

function causeOf(error: unknown): unknown {
  const errors = memberOf(error, 'errors');
  return Array.isArray(errors) ? errors[0] : memberOf(error, 'cause');
}

/** Whether to try again is in vain until somebody has changed something. */
export function isFinal({ name, type, message }: Failure): boolean {
  if (message === NOT_CONNECTED) return false;
  if (!name.startsWith('KafkaJS') || FINAL_NAMES.includes(name)) return true;
  return isForbidden({ type }) || type.startsWith('UNSUPPORTED_') || type.startsWith('INVALID_TOPIC');
}

/** Whether a right is missing. */
export function isForbidden({ type }: Pick<Failure, 'type'>): boolean {
  return type.endsWith('AUTHORIZATION_FAILED');
}

/** `topic a`, or `topics a, b`. */
export function topicsText(names: readonly string[]): string {
  return `topic${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}

/** Of kafkajs where a connection ends just before it is used: an error without a name of its own. */
const NOT_CONNECTED = 'Broker not connected';
const LOGIN_FAILED = 'KafkaJSSASLAuthenticationError';
const FINAL_NAMES = [LOGIN_FAILED, 'KafkaJSNotImplemented', 'KafkaJSServerDoesNotSupportApiKey'];

/** What is wrong, and what to do about it. */
export interface Diagnosis {
  readonly problem: string;
  readonly advice: string | undefined;
}

/** An error in words, and what to do about it. Where a right is missing it is this one, if it is given. */
export function explain(error: unknown, right?: string): string {
  const { problem, advice } = diagnose(error, right);
  return advice === undefined ? problem : `${problem} ${advice}`;
}

/** The same, one apart from the other. */
export function diagnose(error: unknown, right?: string): Diagnosis {
  const failure = failureOf(error);
  const { name, message, type, code, broker } = failure;
  const where = broker === '' ? 'Kafka' : `Kafka at ${broker}`;
  const found = (problem: string, advice?: string): Diagnosis => ({ problem: `${where} ${problem}`, advice });
  if (name === LOGIN_FAILED)
    return found(
      `does not let us in: ${message}.`,
      `Check kafka.sasl, and ${KAFKA_SECRETS.password} or ${KAFKA_SECRETS.token}.`,
    );
  if (isForbidden(failure))
    return found(
      `forbids it: ${message}.`,
      right === undefined ? 'The user needs the right (ACL).' : `The user needs the right (ACL) ${right}.`,
    );
  if (name === 'KafkaJSConnectionClosedError')
    return found(
      'has closed the connection.',
      'If that port is for TLS or asks for a password, give kafka.ssl or kafka.sasl.',
    );
  if (name === 'KafkaJSConnectionError') return found(`cannot be reached: ${message.trim()}.`, connectionAdvice(code));
  if (name === 'KafkaJSRequestTimeoutError')
    return found(
      `does not answer: ${message}.`,
      'Check that it is well, that this port is not for TLS, or raise kafka.request_timeout.',
    );
  if (name === 'KafkaJSBrokerNotFound')
    return found(
      `has named no broker: ${message}.`,
      `A token that has expired or is not valid ends so: check ${KAFKA_SECRETS.token} or kafka.sasl.token_file.`,
    );
  return { problem: `${where}: ${message}${message.endsWith('.') ? '' : '.'}`, advice: ADVICE[type] };
}

/** What to do about errors of the protocol, by their names. */
const ADVICE: Readonly<Record<string, string>> = {
  ILLEGAL_SASL_STATE: 'A token that is about to expire ends so: renew it in kafka.sasl.token_file.',
  UNKNOWN_TOPIC_OR_PARTITION: 'Was the topic deleted? mxwarden setup makes what is missing.',
  NOT_ENOUGH_REPLICAS:
    'Too few brokers with copies of the topic are there (min.insync.replicas): look after the others.',
};

/** What the broker says of our certificate, or of none. */
const OUR_CERTIFICATE = /ALERT.*(CERT|UNKNOWN_CA)/;
const CERTIFICATE = /CERT|SIGNATURE|ISSUER/;

function connectionAdvice(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Name it in kafka.brokers as its certificate does.';
  if (OUR_CERTIFICATE.test(code))
    return 'The broker wants a certificate of ours, or does not believe it: check kafka.ssl.cert_file and key_file.';
  if (CERTIFICATE.test(code)) return 'Give kafka.ssl.ca_file, the certificate of who signed that of the broker.';
  if (code === 'EPROTO' || code === 'ECONNRESET' || code.startsWith('ERR_SSL'))
    return 'Check whether that port is for TLS (kafka.ssl).';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'Check the name: that in kafka.brokers, and advertised.listeners of the broker.';
  return 'Check that it runs, and its address: that in kafka.brokers, and advertised.listeners of the broker.';
}

function memberOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

function textOf(error: unknown, name: string): string {
  const value = memberOf(error, name);
  return typeof value === 'string' ? value : '';
}
