import type { Identity, Subject } from '../identity.js';
import { NEVER } from '../tally/tally.js';
import type { WindowSize } from '../windows/calendar.js';
import { Dispersion } from './dispersion.js';
import { WindowHistory } from './history.js';
import type { PackedHistory } from './history.js';
import { connectsOf } from './mee.js';
import { ProbeHistory } from './probes.js';
import type { PackedProbes } from './probes.js';
import type { MailPast, Reading } from './reading.js';

/** What is remembered of a mail server's windows, as plain data. */
export interface PackedMailPast {
  readonly probes: PackedProbes;
  readonly dispersion: ReturnType<Dispersion['pack']>;
  /** By the name of the size. */
  readonly histories: ReadonlyMap<string, PackedHistory>;
}

/** What the earlier windows of mail servers say about later ones. */
export class MailPasts {
  private readonly pasts = new Map<Subject, ReadonlyMap<WindowSize, MailPast>>();

  constructor(
    /** Smallest first; the first is the pane. */
    private readonly sizes: readonly WindowSize[],
    private readonly identity: Identity,
  ) {}

  /** What is known for a window of this size; `undefined` of a resolver. */
  of(subject: Subject, size: WindowSize): MailPast | undefined {
    return (this.pasts.get(subject) ?? this.add(subject))?.get(size);
  }

  /** Learns from a window that is sealed. */
  learn({ result, mail }: Reading): void {
    const { subject, size, span, tally } = result;
    const past = this.of(subject, size);
    if (past === undefined || mail === undefined) return;
    const { startMs } = span;
    const [queries, from] = [tally.counts.of('dns.queries'), tally.counts.of('qmgr.from')];
    past.history.learn({ startMs, queries, connects: connectsOf(tally.counts), from });
    if (size !== this.sizes[0]) return;
    past.dispersion.learn({ startMs, ...mail.mee.exchange });
    if (tally.lastHeard.mail !== NEVER) past.probes.learn(startMs, tally);
  }

  /** All that is remembered of a mail server; `undefined` of one that was never asked for, and of a resolver. */
  pack(subject: Subject): PackedMailPast | undefined {
    const past = this.pasts.get(subject);
    const [pane] = past?.values() ?? [];
    if (past === undefined || pane === undefined) return undefined;
    const histories = new Map([...past].map(([{ name }, { history }]) => [name, history.pack()]));
    return { probes: pane.probes.pack(), dispersion: pane.dispersion.pack(), histories };
  }

  restore(subject: Subject, packed: PackedMailPast): void {
    this.add(subject, packed);
  }

  private add(subject: Subject, packed?: PackedMailPast): ReadonlyMap<WindowSize, MailPast> | undefined {
    const server = this.identity.serverOf(subject);
    if (server === undefined) return undefined;
    // Panes tell the windows of all sizes.
    const probes = new ProbeHistory(server, this.sizes[0]?.lengthMs ?? 0, packed?.probes);
    const dispersion = new Dispersion(packed?.dispersion);
    const past = new Map(
      this.sizes.map((size) => {
        return [size, { server, probes, dispersion, history: new WindowHistory(packed?.histories.get(size.name)) }];
      }),
    );
    this.pasts.set(subject, past);
    return past;
  }
}
