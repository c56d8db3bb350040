import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupWriter } from '../../src/backup/BackupWriter.ts';
import { checkBackup } from '../../src/backup/checkBackup.ts';
import type { BackupRecord } from '../../src/backup/format.ts';
import { asText, Tally } from '../../src/backup/tables.ts';
import { patient, temporaryFolder } from './kit.ts';

const line = (record: BackupRecord): string => asText([JSON.stringify(record)]);
const unusable = { code: 'BackupUnusable' };

/** A small whole backup, written as the tool writes it. */
async function write(path: string, { format = 1, rows = ['["1", "ada 🧑‍🚀"]', '["2", null]'] } = {}): Promise<void> {
  const writer = await BackupWriter.toFile(path);
  const tally = new Tally();
  tally.add(rows);
  await writer.write(line({ steward: 'backup', format, version: '1.2.3', at: '2026-11-23T00:00:00.000Z' }));
  await writer.write(line({ entry: { id: 'run-1', kind: 'write', person: '1', at: 1, body: {} } }));
  await writer.write(line({ database: { server: '16', migrations: ['001_initial_schema'] } }));
  await writer.write(line({ table: 'users', columns: ['id', 'username'] }) + asText(rows));
  await writer.write(line({ content: tally.content }) + line({ sequences: {} }));
  await writer.write(line({ end: { tables: 1, rows: rows.length, entries: 1, letters: 0, sha256: writer.sha256 } }));
  await writer.end();
}

const check = (path: string) => checkBackup(path, patient);

describe('a backup file', () => {
  it('has its name when it is whole, is for its owner only, and tells what it holds', async () => {
    const path = join(temporaryFolder(), 'backup');
    await write(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['backup']);
    const found = { tables: 1, rows: 2, entries: 1, letters: 0, at: '2026-11-23T00:00:00.000Z', version: '1.2.3' };
    expect(await check(path)).toEqual(found);
  });

  it('is never written over another one, and nothing is left of one that was given up', async () => {
    const path = join(temporaryFolder(), 'backup');
    const [one, other] = [await BackupWriter.toFile(path), BackupWriter.toFile(path)];
    await expect(other).rejects.toMatchObject({
      ...unusable,
      message: expect.stringContaining('another backup is being'),
    });
    await one.write('a\n');
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'mine');
    await expect(one.end()).rejects.toMatchObject(unusable);
    await one.abandon();
    await expect(BackupWriter.toFile(path)).rejects.toMatchObject(unusable);
    expect(readdirSync(join(path, '..'))).toEqual(['backup']);
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('is refused wherever it is cut off', async () => {
    const path = join(temporaryFolder(), 'backup');
    await write(path);
    const bytes = readFileSync(path);
    for (let length = bytes.length - 1; length >= 0; length -= 7) {
      writeFileSync(path, bytes.subarray(0, length));
      await expect(check(path), `${length} bytes`).rejects.toMatchObject(unusable);
    }
    const lines = gunzipSync(bytes).toString().split('\n').slice(0, -1);
    for (let count = 0; count < lines.length; count += 1) {
      writeFileSync(path, gzipSync(asText(lines.slice(0, count))));
      await expect(check(path), `${count} lines`).rejects.toMatchObject(unusable);
    }
  });

  it('is refused whichever of its bytes is another', async () => {
    const path = join(temporaryFolder(), 'backup');
    await write(path);
    const bytes = readFileSync(path);
    // Of gzip's own header, these tell of what, when and by which system: https://www.rfc-editor.org/rfc/rfc1952#page-5
    const withoutMeaning = [3, 4, 5, 6, 7, 8, 9];
    for (let place = 0; place < bytes.length; place += 3) {
      if (withoutMeaning.includes(place)) continue;
      const flipped = Buffer.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ 0x01;
      writeFileSync(path, flipped);
      await expect(check(path), `byte ${place}`).rejects.toMatchObject(unusable);
    }
    // Packed anew, so that gzip's own sum is right.
    const text = gunzipSync(bytes);
    for (let place = 0; place < text.length; place += 11) {
      const flipped = Buffer.from(text);
      flipped[place] = (flipped[place] ?? 0) ^ 0x01;
      writeFileSync(path, gzipSync(flipped, { level: 0 }));
      await expect(check(path), `character ${place}`).rejects.toMatchObject(unusable);
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'was cut off'],
    ['another file', Buffer.from('SELECT 1;'), 'is damaged, or no backup'],
    ['another packed file', gzipSync('SELECT 1;\n'), 'is no backup of Steward'],
    [
      'one of a newer version',
      gzipSync('{"steward":"backup","format":2,"version":"9.0.0"}\n'),
      'newer Steward (9.0.0)',
    ],
  ])('is told from %s', async (_what, bytes, why) => {
    const path = join(temporaryFolder(), 'backup');
    writeFileSync(path, bytes);
    await expect(check(path)).rejects.toMatchObject({ ...unusable, message: expect.stringContaining(why) });
  });

  it('with something behind its end is refused, and so is one that is not there', async () => {
    const path = join(temporaryFolder(), 'backup');
    await expect(check(path)).rejects.toMatchObject({ ...unusable, message: expect.stringContaining('(ENOENT)') });
    await write(path);
    writeFileSync(path, Buffer.concat([readFileSync(path), gzipSync('["3", "eve"]\n')]));
    await expect(check(path)).rejects.toMatchObject(unusable);
  });

  it('with a line that does not end is refused before it fills the memory', async () => {
    const path = join(temporaryFolder(), 'backup');
    const endless = gzipSync(Buffer.alloc(2 ** 27 + 1, 'a'), { level: 1 });
    writeFileSync(path, endless);
    await expect(check(path)).rejects.toMatchObject({ ...unusable, message: expect.stringContaining('damaged') });
    await expect(checkBackup(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('is written to a folder that is not there: says so', async () => {
    const path = join(temporaryFolder(), 'missing', 'backup');
    await expect(BackupWriter.toFile(path)).rejects.toMatchObject({
      ...unusable,
      message: `${path}.partial cannot be written (ENOENT): there is no such file or folder.`,
    });
  });
});
