/** Resolves as `work` does, unless the signal comes before: rejects with its reason then, whatever becomes of `work`. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const reason: unknown = signal.reason;
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    // A promise that lives as long as the signal would keep all that was ever raced with it.
    const stay = (): void => signal.removeEventListener('abort', leave);
    work.then(resolve, reject).finally(stay);
  });
}
