import { constants } from 'node:fs';
import { access, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DocumentLines } from '../stages/document-lines.js';
import type { Sink } from '../stages/ports.js';
import { SinkError, reasonOf } from './errors.js';

/** One file of results, written under a temporary name until all of them are complete. */
class Output implements Sink {
  private readonly lines = new DocumentLines();

  private constructor(
    readonly path: string,
    readonly temporaryPath: string,
    private readonly file: FileHandle,
    private readonly inode: number,
  ) {}

  static async create(path: string): Promise<Output> {
    const temporaryPath = `${path}.part`;
    try {
      // Left behind by a run that was killed, or of one that is at work here: that one finds its file gone.
      const left = await lstat(temporaryPath).catch(() => undefined);
      if (left?.isFile() === true) await rm(temporaryPath);
      const file = await open(temporaryPath, 'w');
      return new Output(path, temporaryPath, file, (await file.stat()).ino);
    } catch (error) {
      throw new SinkError(`Cannot write ${temporaryPath}: ${reasonOf(error)}. Choose another --out.`, { cause: error });
    }
  }

  write(documents: readonly object[]): void {
    this.lines.add(documents);
  }

  append(lines: readonly Uint8Array[]): void {
    this.lines.append(lines);
  }

  flush(): Promise<void> {
    return this.writeOut(this.lines.takeFull());
  }

  flushAll(): Promise<void> {
    return this.writeOut(this.lines.takeAll());
  }

  private async writeOut(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      for (const bytes of pieces) await this.file.writeFile(bytes);
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** Closes the file; some file systems report only now that they could not write it. */
  async finish(): Promise<void> {
    try {
      await this.file.close();
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** Whether no other run has begun to write under the same name. */
  async isOurs(): Promise<boolean> {
    const stats = await stat(this.temporaryPath).catch(() => undefined);
    return stats?.ino === this.inode;
  }

  /** Removes what was written so far. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    if (await this.isOurs()) await rm(this.temporaryPath, { force: true });
  }

  private failed(error: unknown): SinkError {
    const message = `Cannot write ${this.temporaryPath}: ${reasonOf(error)}. Make room, or choose another --out.`;
    return new SinkError(message, { cause: error });
  }
}

/** The folder of a run's results: all files get their final names together, or none does. */
export class OutputFolder {
  private readonly outputs: Output[] = [];

  private constructor(readonly path: string) {}

  /** Makes the folder if it is not there. */
  static async create(path: string): Promise<OutputFolder> {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw new SinkError(`Cannot make the folder ${path}: ${reasonOf(error)}. Choose another --out.`, {
        cause: error,
      });
    }
    return new OutputFolder(path);
  }

  /** A new file in the folder, one document a line. */
  async add(name: string): Promise<Sink> {
    const path = join(this.path, name);
    await expectReplaceable(path);
    const output = await Output.create(path);
    this.outputs.push(output);
    return output;
  }

  /** Writes what is left and gives all files their names. */
  async commit(): Promise<void> {
    for (const output of this.outputs) await output.flushAll();
    for (const output of this.outputs) await output.finish();
    for (const output of this.outputs)
      if (!(await output.isOurs()))
        throw new SinkError(`Cannot write ${output.path}: another run writes it too. Give each run its own --out.`);
    const published: string[] = [];
    for (const { path, temporaryPath } of this.outputs) {
      try {
        await rename(temporaryPath, path);
      } catch (error) {
        const state = published.length > 0 ? `of this run are only ${published.join(', ')}` : 'nothing was written';
        const message = `Cannot write ${path}: ${reasonOf(error)}; ${state}. Choose another --out and run it again.`;
        throw new SinkError(message, { cause: error });
      }
      published.push(path);
    }
  }

  /** Removes what was written; files of an earlier run stay. */
  async discard(): Promise<void> {
    for (const output of this.outputs) await output.discard();
  }
}

/** @throws SinkError where a file could not get this name: found out early, so that all files of a run get theirs. */
async function expectReplaceable(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  let reason: string | undefined;
  if (stats?.isDirectory() === true) reason = 'a folder has this name';
  // Write-protected, or somebody else's in a shared folder.
  else if (stats?.isFile() === true) reason = await access(path, constants.W_OK).then(() => undefined, reasonOf);
  if (reason !== undefined) throw new SinkError(`Cannot write ${path}: ${reason}. Remove it, or choose another --out.`);
}
