import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';
import { DamageError, codeOf } from '../errors.js';

/** What is handed to zlib at a time. Where it fails, what it made of that is lost, so the first ones are short. */
const MAX_SLICE_BYTES = 1 << 14;
const MIN_SLICE_BYTES = 8;
/** The first slices together are so many times as long as the next one. */
const GROWTH = 16;
/** Checksum and length at the end: by themselves, or a wrong one would cost what came with it. */
const TRAILER_BYTES = 8;

/** Unpacks .gz, of one member or several. */
export async function* unpackGzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 16 });
  let unpacked: Buffer[] = [];
  let error: unknown;
  gunzip.on('data', (piece: Buffer) => unpacked.push(piece));
  gunzip.on('error', (first: unknown) => {
    error ??= first;
  });
  const takePieces = (): Buffer[] => {
    const taken = unpacked;
    unpacked = [];
    return taken;
  };
  try {
    for await (const slice of slicesOf(packed)) {
      await write(gunzip, slice);
      yield* takePieces();
      if (error !== undefined) break;
    }
    if (error === undefined) await end(gunzip);
    yield* takePieces();
  } finally {
    gunzip.destroy();
  }
  if (error !== undefined) throw damageOf(error);
}

/** Resolves when the slice is unpacked, or cannot be. */
function write(gunzip: Gunzip, slice: Buffer): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once('close', resolve);
    gunzip.write(slice, () => {
      gunzip.off('close', resolve);
      resolve();
    });
  });
}

function end(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once('close', resolve);
    gunzip.end();
  });
}

function damageOf(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') return new DamageError('the gzip data ends too early', { cause: error });
  if (!code.startsWith('Z_') || code === 'Z_MEM_ERROR') return error;
  return new DamageError('the gzip data is damaged, or something else stands behind it', { cause: error });
}

/** The bytes in slices that grow at the start and shrink to the end, behind which something else may stand. */
async function* slicesOf(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before = 0;
  function* cut(bytes: Buffer, isLast: boolean): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at;
      const share = Math.floor(Math.min(before / GROWTH, isLast ? left / 2 : Infinity));
      const beforeTrailer = isLast && left > TRAILER_BYTES ? left - TRAILER_BYTES : left;
      const length = Math.min(beforeTrailer, MAX_SLICE_BYTES, Math.max(MIN_SLICE_BYTES, share));
      yield bytes.subarray(at, at + length);
      at += length;
      before += length;
    }
  }
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of packed) {
    if (held.length < MAX_SLICE_BYTES) held = Buffer.concat([held, piece]);
    else {
      yield* cut(held, false);
      held = piece;
    }
  }
  yield* cut(held, true);
}
