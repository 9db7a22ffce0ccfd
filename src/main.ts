#!/usr/bin/env node
import { statSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism, hostname } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { runAccessMap } from './commands/access-map.js';
import type { AccessMapCommandOptions } from './commands/access-map.js';
import { runAnalyze } from './commands/analyze.js';
import type { AnalyzeOptions } from './commands/analyze.js';
import type { ConfigCheckOptions } from './commands/config-check.js';
import { runParse } from './commands/parse.js';
import type { ParseOptions } from './commands/parse.js';
import type { ShipOptions } from './commands/ship.js';
import type { SetupOptions } from './commands/setup.js';
import type { DoctorOptions } from './commands/doctor.js';
import type { StreamOptions } from './commands/stream.js';
import { ConfigError } from './config/load.js';
import { SinkError, SourceError } from './files/errors.js';

const VERSION = '0.1.0';

const EXIT_CODES = `Exit codes:
  0  done
  1  a bug in mxwarden (please report it with the message)
  2  the command line or the configuration cannot be used
  3  an input cannot be read
  4  an output cannot be written, Elasticsearch or Kibana cannot be set up, or Kafka cannot be used or refuses a record
     (ship: what was acknowledged is not sent again by the next run)
  5  done, but an input could not be read to its end: it is damaged, or was cut off or rotated while it was read
  6  doctor: something has failed, or no server was found; what to do about it is printed
  130, 143  interrupted by Ctrl-C, by SIGTERM; nothing was written. A second one ends it at once. (ship, stream: 0,
     all that was read is sent, and the rest is read by the next run)`;

/** The bundled recording, as a path that is short to print where it is near. */
const RECORDING = join(relative(process.cwd(), fileURLToPath(new URL('../test/fixtures/dept', import.meta.url))), '/');
const RECORDING_FILES = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => RECORDING + name);

const abort = new AbortController();
let interruptedBy: number | undefined;
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;
/** A terminal's Ctrl-C comes twice from `npm start`, which passes on what the program has got already. */
const SAME_SIGNAL_MS = 500;
for (const [signal, code] of SIGNALS)
  process.on(signal, () => {
    interruptedBy = code;
    abort.abort();
    // A later one is the system's, which ends the program at once, whatever it waits for.
    setTimeout(() => {
      for (const [name] of SIGNALS) process.removeAllListeners(name);
    }, SAME_SIGNAL_MS).unref();
  });
// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 4);
});

const surroundings = {
  stdin: process.stdin,
  nowMs: Date.now(),
  machineTimezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  cores: availableParallelism(),
  environment: process.env,
  signal: abort.signal,
  warn: (text: string) => {
    process.exitCode = 5;
    process.stderr.write(`mxwarden: ${text}\n`);
  },
};

const program = new Command('mxwarden')
  .description('Tells from its logs whether a mail server is healthy or abused, and by whom.')
  .version(VERSION)
  .addHelpText('after', `\n${EXIT_CODES}`)
  .exitOverride();

program
  .command('analyze')
  .description('analyse log files: Postfix, POP3 and DNS query logs, plain or packed, - for standard input')
  .argument('[file...]', 'log files with their rotations, in any order; none: the bundled recording')
  .option('--out <dir>', 'folder for the results', 'mxwarden-out')
  .option('--window <sizes>', 'window sizes, such as 5m,1h,1d; the smallest is counted, the others are its sums')
  .option(
    '--server <server>',
    'a mail server, ID[@HOST]=ADDRESS[,ADDRESS]: its host in the log, where it asks DNS from; may be repeated',
    (server: string, others?: readonly string[]) => [...(others ?? []), server],
  )
  .option('--dns-host <host>', 'resolver that wrote a query log without host names')
  .option('--timezone <zone>', 'zone of stamps without one, and of hours and days; default: that of this machine')
  .option('--year <year>', 'year of stamps without one; default: by the file')
  .option('--config <file>', 'configuration (YAML)')
  .option(
    '--threads <number>',
    'threads that work, 1 for the main one alone; default: one for each core, for a long log',
  )
  .option('--previous <dir>', 'results of an earlier analysis: tell what came of the entries that it proposed')
  .option('--json', 'print the summary as JSON')
  .action(async (files: string[], options: AnalyzeOptions) => {
    const isDemo = files.length === 0;
    const inputs = isDemo ? RECORDING_FILES : files;
    const settings = isDemo ? { config: `${RECORDING}mxwarden.yaml`, ...options } : options;
    const bar = await progressBar(inputs);
    try {
      await runAnalyze(inputs, settings, {
        ...surroundings,
        print: (text) => {
          bar.stop();
          process.stdout.write(text);
          if (options.json !== true)
            process.stdout.write(`Results are in ${options.out}; look at ${join(options.out, 'report.html')}\n`);
        },
        onProgress: bar.add,
      });
    } finally {
      bar.stop();
    }
  });

program
  .command('parse')
  .description('print what each line is read as, one JSON object a line')
  .argument('[file...]', 'log files; none: standard input')
  .option('--timezone <zone>', 'zone of stamps without one; default: that of this machine')
  .option('--year <year>', 'year of stamps without one; default: by the file')
  .action(async (files: string[], options: ParseOptions) => {
    await runParse(files.length > 0 ? files : ['-'], options, { ...surroundings, print });
  });

program
  .command('access-map')
  .description('print what Postfix could do about the incidents of an analysis; nothing is changed')
  .argument('[dir]', 'folder of the results of an analysis', 'mxwarden-out')
  .option('--incident <id>', 'only of this incident (mxwarden.incident.id)')
  .option(
    '--action <action>',
    'warn, defer, hold, reject, discard, dunno, ok or filter:TRANSPORT:DESTINATION; default: the careful one of each entry',
  )
  .option('--layer <layer>', 'only this map, for a file: smtpd, postscreen, submission, user or recipients')
  .option('--previous <dir>', 'results of an earlier analysis, whose entries stay until they expire')
  .action(async (folder: string, options: AccessMapCommandOptions) => {
    await runAccessMap(folder, options, print);
  });

program
  .command('setup')
  .description(
    'make topics in Kafka, templates and retention in Elasticsearch, dashboards and rules in Kibana; may be run again',
  )
  .argument('[file...]', 'logs of the mail servers and their resolvers, for a configuration that is not there yet')
  .option(
    '--config <file>',
    'configuration (YAML) with the sections elasticsearch, kafka and kibana, or some of them; if it is not there, it is made ' +
      'of the addresses below and of the mail servers in the logs (default: mxwarden.yaml)',
  )
  .option(
    '--kafka <brokers>',
    'brokers, such as kafka1.example.org:9092 or SASL_SSL://mxwarden@kafka1.example.org:9093',
  )
  .option('--sasl-mechanism <mechanism>', 'how the user of Kafka logs in (default: scram-sha-512)')
  .option(
    '--elasticsearch <urls>',
    'nodes, with the user but no password, such as https://elastic@es1.example.org:9200',
  )
  .option('--kibana <url>', 'Kibana, with the user but no password, such as https://elastic@kibana.example.org:5601')
  .option('--ca-file <file>', 'certificates (PEM) of who signed those of the servers')
  .option('--overwrite', 'make templates, dashboards and rules anew also where somebody changed them')
  .option('--dry-run', 'only print what it would do: requests, what they would change, commands for kafka-topics.sh')
  .action(async (files: string[], options: SetupOptions) => {
    // The client of Elasticsearch takes a third of a second to load.
    const { runSetup } = await import('./commands/setup.js');
    await runSetup(files, options, { ...surroundings, print });
  });

program
  .command('ship')
  .description('send what logs say to Kafka, as events in Avro, from where the last run stopped')
  .argument('[file...]', 'logs with their rotations; none: standard input')
  .option('--follow', 'go on when all is read, through rotations, until it is stopped by SIGTERM or Ctrl-C')
  .option('--state <file>', 'file of the positions up to which logs are sent', 'mxwarden-ship.json')
  .option('--config <file>', 'configuration (YAML) with the section kafka')
  .action(async (files: string[], options: ShipOptions) => {
    const { runShip } = await import('./commands/ship.js');
    await runShip(files.length > 0 ? files : ['-'], options, {
      ...surroundings,
      tell: (text) => {
        process.stderr.write(`mxwarden: ${text}\n`);
      },
    });
  });

program
  .command('stream')
  .description('count, correlate and index the events in Kafka, until it is stopped')
  .option('--config <file>', 'configuration (YAML) with the sections servers, kafka and elasticsearch')
  .option('--stages <stages>', 'only these of aggregate, correlate, index; several processes may run each')
  .option('--bounded', 'end when all is done that was in the topics at the start')
  .option('--from <when>', 'where to begin in a new epoch: earliest, latest, or a time such as 2026-11-23T08:00:00Z')
  .action(async (options: StreamOptions) => {
    const { runStream } = await import('./commands/stream.js');
    try {
      await runStream(options, {
        ...surroundings,
        version: VERSION,
        node: hostname(),
        writeLog: (line) => process.stderr.write(line),
        onReload: (reload) => process.on('SIGHUP', reload),
      });
    } finally {
      // A broker that does not answer keeps its connection open.
      setTimeout(() => process.exit(), 1000).unref();
    }
  });

program
  .command('doctor')
  .description('look at all that mxwarden needs: each line is ok, a warning or a failure, with what to do next')
  .option('--config <file>', 'configuration (YAML) with the sections servers, kafka and elasticsearch, or some of them')
  .option('--json', 'print what was found as JSON')
  .addOption(
    new Option(
      '--discover',
      'print the mail servers that the last events in Kafka show, as servers: in YAML',
    ).conflicts('json'),
  )
  .action(async (options: DoctorOptions) => {
    const { runDoctor } = await import('./commands/doctor.js');
    try {
      const isWell = await runDoctor(options, { ...surroundings, clock: () => Date.now(), print });
      if (!isWell) process.exitCode = 6;
    } finally {
      // A broker that does not answer keeps its connection open.
      setTimeout(() => process.exit(), 1000).unref();
    }
  });

program
  .command('config')
  .description('look at the configuration')
  .command('check')
  .description('print all settings with their defaults, or all that is wrong with them')
  .option('--config <file>', 'configuration (YAML)')
  .action(async (options: ConfigCheckOptions) => {
    const { runConfigCheck } = await import('./commands/config-check.js');
    await runConfigCheck(options, { ...surroundings, print });
  });

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A bar over the bytes read, on a terminal only. Compressed files count more than their size, so it may end early. */
async function progressBar(files: readonly string[]): Promise<{ add: (bytes: number) => void; stop: () => void }> {
  if (!process.stderr.isTTY) return { add: () => undefined, stop: () => undefined };
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const total = files.reduce((sum, file) => sum + sizeOf(file) * (/\.(gz|bz2|xz|zst)$/.test(file) ? 10 : 1), 0);
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({ format: '{bar} {percentage} %  {eta_formatted}', stopOnComplete: true });
  bar.start(Math.max(total, 1), 0);
  return {
    add: (bytes) => {
      bar.increment(bytes);
    },
    stop: () => {
      bar.stop();
    },
  };
}

function exitCodeOf(error: unknown): number {
  if (interruptedBy !== undefined) return interruptedBy;
  if (error instanceof ConfigError) return 2;
  if (error instanceof SourceError) return 3;
  return error instanceof SinkError ? 4 : 1;
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  // commander has said what is wrong with the command line itself.
  if (error instanceof Error && 'exitCode' in error) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.exitCode = exitCodeOf(error);
    const isBug = process.exitCode === 1;
    if (interruptedBy === undefined && error instanceof Error)
      process.stderr.write(`mxwarden: ${isBug ? (error.stack ?? error.message) : error.message}\n`);
  }
}
