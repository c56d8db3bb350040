import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../../src/core/journal/Journal.ts';
import { encodeLine } from '../../../src/core/journal/line.ts';
import { JournalFolder, readBodies } from './JournalFolder.ts';

let folder: JournalFolder;
let file: string;
beforeEach(async () => {
  folder = await JournalFolder.make();
  file = join(folder.path, '000000000001.log');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** A closed journal with these entries in one file. */
async function leave(...bodies: string[]): Promise<void> {
  const journal = await folder.open();
  await Promise.all(bodies.map((body) => journal.append('write', body, { person: '42' })));
  await journal.close();
}

/** Changes the first occurrence of a text in the file. */
async function damage(from: string, to: string): Promise<void> {
  const text = await readFile(file, 'latin1');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to), 'latin1');
}

const letters = async (journal: Journal) =>
  (await journal.deadLetters.list()).map(({ entry: { kind, person }, code }) => ({ kind, person, code }));

describe('the torn end of the last file', () => {
  it.each([
    ['half a line', '0123abcd 400 {"id":"0-1","ki'],
    ['half a header', '0123'],
    ['whole lines of nonsense', 'a\n\nb\n'],
    ['half a line before room for more', `0123abcd 400 {"id":"0-1","ki${'\0'.repeat(5000)}`],
    ['a line without its line end', encodeLine({ id: '0-1', kind: 'write', at: 1, body: 1 }).trimEnd()],
  ])('is cut off: %s', async (_, rest) => {
    await leave('a', 'b');
    const { length } = await readFile(file);
    await appendFile(file, rest);
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a', 'b']);
    expect((await readFile(file)).length).toBe(length);
    expect(await journal.deadLetters.list()).toEqual([]);
    expect(folder.logged('warn')).toEqual(['Cut off the end of the journal, which was being written at a crash.']);
  });

  it('is no end of what was being written where there are only zeros: room for more', async () => {
    await leave('a');
    await leave('b');
    const next = join(folder.path, '000000000002.log');
    const before = [await readFile(file), await readFile(next)];
    for (const each of [file, next]) await appendFile(each, Buffer.alloc(5000));
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a', 'b']);
    expect([await readFile(file), await readFile(next)]).toEqual(before);
    expect(await journal.deadLetters.list()).toEqual([]);
    expect([...folder.logged('warn'), ...folder.logged('error')]).toEqual([]);
  });

  it('may have a gap, where one block of the last batch was written and the one before it was not', async () => {
    await leave('a', 'b'.repeat(5000), 'c');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0, 1024, 2048));
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a', 'c']);
    expect(await journal.deadLetters.list()).toEqual([]);
    expect(folder.logged('error')).toEqual([]);
    expect(folder.logged('warn')).toEqual(['Took out of the journal what was being written at a crash.']);
    expect(await readFile(file)).not.toContain(0);
  });

  it('may be the whole file', async () => {
    await writeFile(file, 'nonsense');
    const journal = await folder.open();
    expect([journal.depth(), journal.bytes]).toEqual([0, 0]);
    await journal.append('write', 'a');
    expect(await readBodies(journal)).toEqual(['a']);
  });
});

describe('a damaged line', () => {
  it.each([
    ['its text', '"secret b"', '"secret c"'],
    ['its checksum', / .*b"/, ''],
    ['its line end', '}\n', '} '],
    ['a line break in it', 'secret b', 'secret\nb'],
  ])('costs only that line: %s', async (what, from, to) => {
    await leave('a', 'secret b', 'c');
    if (typeof from === 'string') await damage(from, to);
    else {
      const lines = (await readFile(file, 'latin1')).split('\n');
      await writeFile(
        file,
        lines.map((line) => (line.includes('secret b') ? `00000000${line.slice(8)}` : line)).join('\n'),
      );
    }
    const journal = await folder.open();
    const survives = what === 'its line end';
    expect(await readBodies(journal)).toEqual(survives ? ['a', 'secret b', 'c'] : ['a', 'c']);
    const [letter, ...more] = await letters(journal);
    if (survives) expect(letter).toBeUndefined();
    else expect(letter).toEqual({ kind: 'damaged', person: '42', code: 'Damaged' });
    // A line break makes two damaged pieces of one line.
    expect(more).toHaveLength(what === 'a line break in it' ? 1 : 0);
    expect(folder.lines.join('')).not.toContain('secret');
  });

  it('is moved once, and logged as an error', async () => {
    await leave('a', 'secret b', 'c');
    await damage('secret b', 'secret x');
    const first = await folder.open();
    expect(folder.logged('error')).toEqual(['Moved a damaged line of the journal to the dead letters.']);
    const [letter] = await first.deadLetters.list();
    expect(letter?.reason).toMatch(/^The line at byte \d+ of 000000000001\.log is damaged\.$/);
    expect(letter?.entry.id).toMatch(/-2$/);
    expect(letter?.entry.body).toMatchObject({ line: expect.stringContaining('secret x') });
    await first.close();
    const second = await folder.open();
    expect(await second.deadLetters.list()).toHaveLength(1);
    expect(folder.logged('error')).toHaveLength(1);
    expect(await readBodies(second)).toEqual(['a', 'c']);
    expect(await readFile(file, 'latin1')).not.toContain('secret');
  });

  it('in an older file does not take the rest of it along', async () => {
    await leave('a', 'b');
    await leave('c');
    await truncate(file, (await readFile(file)).length - 3);
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a', 'c']);
    expect(await letters(journal)).toEqual([{ kind: 'damaged', person: '42', code: 'Damaged' }]);
  });

  it('is one in an older file even where it has zeros: all of that was written', async () => {
    await leave('a', 'b'.repeat(5000), 'c');
    await leave('d');
    await writeFile(file, (await readFile(file)).fill(0, 1024, 2048));
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a', 'c', 'd']);
    expect(await letters(journal)).toEqual([{ kind: 'damaged', person: '42', code: 'Damaged' }]);
  });

  it('that is found while reading is moved then', async () => {
    const journal = await folder.open();
    await journal.append('write', 'a');
    await journal.append('write', 'secret b', { person: '42' });
    await journal.append('write', 'c');
    await damage('secret b', 'secret x');
    expect(await readBodies(journal)).toEqual(['a', 'c']);
    expect(await letters(journal)).toEqual([{ kind: 'damaged', person: '42', code: 'Damaged' }]);
    expect(journal.depth()).toBe(2);
    expect(folder.lines.join('')).not.toContain('secret');
  });

  it('does not end a page early', async () => {
    const journal = await folder.open();
    await journal.append('write', 'secret b');
    await journal.append('write', 'c');
    await damage('secret b', 'secret x');
    expect((await journal.read(undefined, 1)).entries.map(({ body }) => body)).toEqual(['c']);
  });
});

describe('a line that is whole but does not belong there', () => {
  it.each([
    ['is no record of the journal', { hello: 'world' }],
    ['is no object', 7],
    ['is an entry of another run', { id: '0000000000000000-9', kind: 'write', at: 1, body: 1 }],
    ['has no number', { id: 'x', kind: 'write', at: 1, body: 1 }],
  ])('goes to the dead letters: it %s', async (_, record) => {
    await leave('a');
    await appendFile(file, encodeLine(record));
    const journal = await folder.open();
    expect(await readBodies(journal)).toEqual(['a']);
    expect(await letters(journal)).toMatchObject([{ kind: 'damaged' }]);
  });

  it('goes to the dead letters when it stands there twice', async () => {
    await leave('a');
    await appendFile(file, await readFile(file));
    expect(await readBodies(await folder.open())).toEqual(['a']);
  });
});

it('leaves files alone that are not its own', async () => {
  await writeFile(join(folder.path, 'notes.txt'), 'mine');
  await leave('a');
  await (await folder.open()).close();
  expect(await readFile(join(folder.path, 'notes.txt'), 'utf8')).toBe('mine');
});
