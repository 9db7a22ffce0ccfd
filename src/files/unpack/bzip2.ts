import createUnbzip2 from 'unbzip2-stream';
import { DamageError } from '../errors.js';

/** Unpacks .bz2, of one stream or several. */
export async function* unpackBzip2(packed: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const decoder = createUnbzip2();
  let blocks: Buffer[] = [];
  let error: unknown;
  // It decodes while it is written to, and hands on what came before it fails.
  decoder.on('data', (block: Buffer) => blocks.push(block));
  decoder.on('error', (first: unknown) => {
    error ??= first;
  });
  const takeBlocks = (): Buffer[] => {
    const taken = blocks;
    blocks = [];
    return taken;
  };
  for await (const piece of packed) {
    decoder.write(piece);
    yield* takeBlocks();
    if (error !== undefined) throw damageOf(error);
  }
  decoder.end();
  yield* takeBlocks();
  if (error !== undefined) throw damageOf(error);
}

function damageOf(error: unknown): DamageError {
  const isTrailing = error instanceof Error && error.message === 'No magic number found';
  const what = isTrailing ? 'is damaged (something else stands behind it)' : 'is damaged or ends too early';
  return new DamageError(`the bzip2 data ${what}`, { cause: error });
}
