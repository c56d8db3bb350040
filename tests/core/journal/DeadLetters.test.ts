import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeadLetters } from '../../../src/core/journal/DeadLetters.ts';
import type { JournalEntry } from '../../../src/core/journal/JournalEntry.ts';
import { JournalFolder } from './JournalFolder.ts';

let folder: JournalFolder;
let file: string;
beforeEach(async () => {
  folder = await JournalFolder.make();
  file = join(folder.path, 'dead-letters.log');
});
afterEach(async () => {
  for (const letters of opened.splice(0)) await letters.close();
  await folder[Symbol.asyncDispose]();
});

const opened: DeadLetters[] = [];
async function open(): Promise<DeadLetters> {
  const letters = await DeadLetters.open({ folder: folder.path, log: folder.log });
  opened.push(letters);
  return letters;
}
const entry = (number: number, person: string | undefined, at = number): JournalEntry => ({
  id: `run-${number}`,
  kind: 'write',
  person,
  at,
  body: { text: `secret ${number}` },
  segment: 1,
});
const why = { code: 'BadData', reason: 'The database refused a value.' };
const ids = async (letters: DeadLetters) => (await letters.list()).map(({ entry: { id } }) => id);

/** An opened file with letters 1 to 4, of two persons in turn. */
async function withFour(): Promise<DeadLetters> {
  const letters = await open();
  await Promise.all([1, 2, 3, 4].map((number) => letters.add(entry(number, number % 2 ? 'odd' : 'even'), why)));
  return letters;
}

it('keeps entries with their reasons, over a restart too', async () => {
  const letters = await open();
  const { person: _, ...nobody } = entry(2, undefined);
  await letters.add(entry(1, 'ada'), why);
  await letters.add(entry(2, undefined), { code: 'Other', reason: 'Because.' });
  await letters.close();
  expect(await (await open()).list()).toEqual([
    { entry: entry(1, 'ada'), ...why },
    { entry: nobody, code: 'Other', reason: 'Because.' },
  ]);
});

it('is empty, and makes no file, before the first', async () => {
  const letters = await open();
  expect(await letters.list()).toEqual([]);
  expect(await letters.take('run-1')).toBeUndefined();
  expect(await letters.forget(undefined, new Date())).toBe(0);
  expect(await readdir(folder.path)).toEqual([]);
});

it('knows how many there are, after a restart too', async () => {
  const letters = await withFour();
  await letters.add(entry(4, 'even'), why);
  expect(letters.size).toBe(4);
  await letters.take('run-3');
  expect([letters.size, (await open()).size]).toEqual([3, 3]);
  await letters.forget('even', new Date(10));
  expect([letters.size, (await open()).size]).toEqual([1, 1]);
});

it('gives one out once', async () => {
  const letters = await withFour();
  const [taken, again] = await Promise.all([letters.take('run-3'), letters.take('run-3')]);
  expect(taken).toEqual({ entry: entry(3, 'odd'), ...why });
  expect(again).toBeUndefined();
  expect(await ids(await open())).toEqual(['run-1', 'run-2', 'run-4']);
});

it('shows one that came twice as one, with its last reason', async () => {
  const letters = await open();
  await letters.add(entry(1, 'ada'), why);
  await letters.add(entry(1, 'ada'), { code: 'Again', reason: 'It failed again.' });
  expect(await letters.list()).toMatchObject([{ code: 'Again' }]);
});

it('erases a person’s from before a moment', async () => {
  const letters = await withFour();
  expect(await letters.forget('odd', new Date(3))).toBe(1);
  expect(await ids(letters)).toEqual(['run-2', 'run-3', 'run-4']);
  expect(await readFile(file, 'utf8')).not.toContain('secret 1');
  expect(await letters.forget('odd', new Date(3))).toBe(0);
});

it('erases everyone’s from before a moment', async () => {
  const letters = await withFour();
  expect(await letters.forget(undefined, new Date(3))).toBe(2);
  expect(await ids(await open())).toEqual(['run-3', 'run-4']);
  expect(await letters.forget(undefined, new Date(9))).toBe(2);
  expect(await readdir(folder.path)).toEqual([]);
});

it('loses none that is added while others are erased', async () => {
  const letters = await withFour();
  await Promise.all([
    letters.forget('odd', new Date(100)),
    letters.add(entry(5, 'odd'), why),
    letters.take('run-4'),
    letters.add(entry(6, 'even'), why),
  ]);
  expect(await ids(letters)).toEqual(['run-2', 'run-5', 'run-6']);
  expect(await ids(await open())).toEqual(['run-2', 'run-5', 'run-6']);
});

it('cuts off a letter that was not written to its end', async () => {
  const letters = await withFour();
  await letters.close();
  const whole = await readFile(file, 'utf8');
  for (const cut of [1, 20, 60]) {
    await writeFile(file, whole.slice(0, -cut));
    const reopened = await open();
    await reopened.add(entry(5, 'odd'), why);
    await reopened.close();
    expect(await ids(await open())).toEqual(['run-1', 'run-2', 'run-3', 'run-5']);
  }
});

it('keeps what is left of a damaged letter, and erases it with its person’s', async () => {
  await (await withFour()).close();
  await writeFile(file, (await readFile(file, 'utf8')).replace('secret 2', 'secret x'));
  await appendFile(file, 'nonsense\n');
  const letters = await open();
  expect(await ids(letters)).toEqual(['run-1', 'run-2', 'run-3', 'run-4', expect.stringMatching(/^damaged-0-\d+$/)]);
  expect(folder.logged('error')).toEqual([
    'Some lines of the dead letters were damaged. What is left of them is kept.',
  ]);
  expect(folder.lines.join('')).not.toContain('secret');
  expect((await letters.list())[1]).toMatchObject({ code: 'Damaged', entry: { kind: 'damaged' } });
  // Nobody can tell whose the damaged ones are.
  expect(await letters.forget('odd', new Date(100))).toBe(4);
  expect(await ids(letters)).toEqual(['run-4']);
  expect(await readFile(file, 'utf8')).not.toContain('secret x');
});
