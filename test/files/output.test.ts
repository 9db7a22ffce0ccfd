import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SinkError } from '../../src/files/errors.js';
import { OutputFolder } from '../../src/files/output.js';
import { inFolder } from '../support/analysis.js';

describe('a folder of results', () => {
  test('is made with the folders above it', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a', 'b');

      const output = await OutputFolder.create(path);
      (await output.add('x.ndjson')).write([{ n: 1 }, { n: 2 }]);
      await output.commit();

      expect(readFileSync(join(path, 'x.ndjson'), 'utf8')).toBe('{"n":1}\n{"n":2}\n');
    });
  });

  test('has no file under its final name before all are complete', async () => {
    await inFolder(async (folder) => {
      const output = await OutputFolder.create(folder);
      const large = await output.add('large.ndjson');
      await output.add('empty.ndjson');
      for (let i = 0; i < 30; i += 1) {
        large.write([{ text: 'x'.repeat(100_000) }]);
        await large.flush();
      }

      expect(readdirSync(folder).sort()).toEqual(['empty.ndjson.part', 'large.ndjson.part']);
      await output.commit();

      expect(readdirSync(folder).sort()).toEqual(['empty.ndjson', 'large.ndjson']);
      expect(readFileSync(join(folder, 'large.ndjson')).length).toBe(30 * (100_000 + '{"text":""}\n'.length));
      expect(readFileSync(join(folder, 'empty.ndjson'), 'utf8')).toBe('');
    });
  });

  test('keeps the documents in the order in which they were written', async () => {
    await inFolder(async (folder) => {
      const output = await OutputFolder.create(folder);
      const sink = await output.add('x.ndjson');
      const wanted: number[] = [];
      for (let i = 0; i < 300; i += 1) {
        sink.write([{ i, text: 'y'.repeat(i * 50) }]);
        await sink.flush();
        wanted.push(i);
      }
      await output.commit();

      const numbers = readFileSync(join(folder, 'x.ndjson'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => /\d+/.exec(line)?.[0]);
      expect(numbers).toEqual(wanted.map(String));
    });
  });

  test('that is given up has the files of an earlier run and nothing else', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'x.ndjson'), 'earlier\n');
      writeFileSync(join(folder, 'notes.txt'), "somebody's\n");
      const output = await OutputFolder.create(folder);
      (await output.add('x.ndjson')).write([{ n: 1 }]);
      await output.add('y.ndjson');

      await output.discard();

      expect(readdirSync(folder).sort()).toEqual(['notes.txt', 'x.ndjson']);
      expect(readFileSync(join(folder, 'x.ndjson'), 'utf8')).toBe('earlier\n');
    });
  });

  test('takes the place of links, wherever they lead', async () => {
    await inFolder(async (folder) => {
      symlinkSync('gone', join(folder, 'x.ndjson'));
      symlinkSync('.', join(folder, 'y.ndjson'));
      const output = await OutputFolder.create(folder);
      for (const name of ['x.ndjson', 'y.ndjson']) (await output.add(name)).write([{ name }]);
      await output.commit();

      for (const name of ['x.ndjson', 'y.ndjson'])
        expect(readFileSync(join(folder, name), 'utf8')).toBe(`{"name":"${name}"}\n`);
    });
  });

  test('takes the place of the files of an earlier run, and of what one that was killed left behind', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'x.ndjson'), 'earlier\n');
      writeFileSync(join(folder, 'x.ndjson.part'), 'a longer text that was left behind\n');
      const output = await OutputFolder.create(folder);
      (await output.add('x.ndjson')).write([{ n: 1 }]);
      await output.commit();

      expect(readdirSync(folder)).toEqual(['x.ndjson']);
      expect(readFileSync(join(folder, 'x.ndjson'), 'utf8')).toBe('{"n":1}\n');
    });
  });
});

describe('it is an error that names the place', () => {
  test('that another run writes into the same folder: its files are whole, and stay', async () => {
    await inFolder(async (folder) => {
      const [first, second] = [await OutputFolder.create(folder), await OutputFolder.create(folder)];
      const sink = await first.add('x.ndjson');
      sink.write([{ n: 'x'.repeat(3_000_000) }]);
      await sink.flush();
      (await second.add('x.ndjson')).write([{ n: 2 }]);

      await expect(first.commit()).rejects.toThrow(
        /^Cannot write .*x\.ndjson: another run writes it too\. Give each run/,
      );
      await first.discard();
      await second.commit();
      expect(readdirSync(folder)).toEqual(['x.ndjson']);
      expect(readFileSync(join(folder, 'x.ndjson'), 'utf8')).toBe('{"n":2}\n');
    });
  });

  test('that the folder is a file', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'out'), '');

      await expect(OutputFolder.create(join(folder, 'out'))).rejects.toThrow(SinkError);
      await expect(OutputFolder.create(join(folder, 'out', 'in'))).rejects.toThrow(/^Cannot make the folder .*out/);
    });
  });

  test('that a file cannot be opened', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'x.ndjson.part'));
      const output = await OutputFolder.create(folder);

      await expect(output.add('x.ndjson')).rejects.toThrow(SinkError);
    });
  });

  test('that the disk is full', async () => {
    await inFolder(async (folder) => {
      symlinkSync('/dev/full', join(folder, 'x.ndjson.part'));
      const output = await OutputFolder.create(folder);
      const sink = await output.add('x.ndjson');
      sink.write([{ n: 1 }]);

      await expect(output.commit()).rejects.toThrow(/^Cannot write .*x\.ndjson\.part: .*ENOSPC: .* Make room, or /);
      await output.discard();
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('that a file cannot get its final name, before anything is written', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'x.ndjson'));
      const output = await OutputFolder.create(folder);

      await expect(output.add('x.ndjson')).rejects.toThrow(SinkError);
      await expect(output.add('x.ndjson')).rejects.toThrow(
        /^Cannot write .*x\.ndjson: a folder has this name\. Remove it, or choose another --out\.$/,
      );
      expect(readdirSync(folder)).toEqual(['x.ndjson']);
    });
  });

  test('that a file cannot get its final name any more, and which files did', async () => {
    await inFolder(async (folder) => {
      const output = await OutputFolder.create(folder);
      for (const name of ['x.ndjson', 'y.ndjson', 'z.ndjson']) await output.add(name);
      mkdirSync(join(folder, 'y.ndjson'));

      await expect(output.commit()).rejects.toThrow(
        /^Cannot write .*y\.ndjson: .*; of this run are only [^ ]*x\.ndjson\. Choose another --out and run it again\.$/,
      );
      await output.discard();
      expect(readdirSync(folder).sort()).toEqual(['x.ndjson', 'y.ndjson']);
    });
  });
});
