/** A server that tests talk to. */
export interface Server {
  /** Kafka's is `host:port`, that of the others an URL. */
  readonly address: string;
  /** What it is and where it comes from; for the output of a run. */
  readonly description: string;
  /** Ends it and removes its data if it was started here. */
  stop(): Promise<void>;
}

/** A server that belongs to the test that started it. */
export interface OwnServer extends Server {
  /** Ends it at once, as a crash does; what it has written stays. */
  kill(): Promise<void>;
  /** Starts it again with its data, at the same address. */
  start(): Promise<void>;
}

/** What a test that starts servers is given for it: a download, or the first pull of an image, may be part of it. */
export const START_TIMEOUT_MS = 600_000;
