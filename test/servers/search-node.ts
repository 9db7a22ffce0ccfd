import { join } from 'node:path';
import type { Jdk } from './java.js';
import { LOOPBACK } from './ports.js';

/** A version of Elasticsearch or OpenSearch that mxwarden is tested with. */
export interface SearchVersion {
  readonly number: string;
  /** The oldest Java that runs it. */
  readonly java: number;
}

export const HEAP_FLAGS = ['-Xms512m', '-Xmx512m'];
const JAVA_FLAGS = [...HEAP_FLAGS, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** What these servers do and Java warns of from version 24 on. */
const PERMISSIONS = ['--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow'];

export const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;

export function flagsFor(jdk: Jdk): readonly string[] {
  return [...JAVA_FLAGS, ...(jdk.major >= 24 ? PERMISSIONS : [])];
}

/** What makes a node the only one of its cluster, on the loopback address, with all that it writes in a folder. */
export function nodeSettings(
  folder: string,
  clusterName: string,
  [port = 0, transportPort = 0]: readonly number[],
): Readonly<Record<string, string>> {
  return {
    'cluster.name': clusterName,
    'node.name': 'node',
    'discovery.type': 'single-node',
    'path.data': join(folder, 'data'),
    'path.logs': join(folder, 'logs'),
    'http.host': LOOPBACK,
    'http.port': String(port),
    'transport.host': LOOPBACK,
    'transport.port': String(transportPort),
    // Not the business of tests how full a disk is.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
  };
}

export function assignments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}
