// `npm run servers`: Kafka, Elasticsearch and a schema registry to try things with, until it is interrupted.
import { once } from 'node:events';
import { findElasticsearch } from './elasticsearch.js';
import { findKafka } from './kafka.js';
import { findRegistry } from './registry.js';

const servers = await Promise.all([findKafka(), findElasticsearch(), findRegistry()]);
for (const { description, address } of servers) console.log(`${description}: ${address}`);
const waiting = setInterval(() => undefined, 60_000);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(waiting);
await Promise.all(servers.map((server) => server.stop()));
