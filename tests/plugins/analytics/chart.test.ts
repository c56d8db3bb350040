import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChartRenderer, type RendererOptions } from '../../../src/plugins/analytics/chart/ChartRenderer.ts';
import { exampleChart } from './exampleChart.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
/** Made by `node tests/plugins/analytics/drawGolden.ts`; look at it when it changes. */
const golden = new URL('./golden/messages.png', import.meta.url);

let renderer: ChartRenderer;
afterEach(() => renderer?.close());
const renderWith = (options: RendererOptions = {}) => {
  renderer = new ChartRenderer({ deadline: 20_000, ...options });
  return renderer.render(exampleChart);
};

type Pixels = Awaited<ReturnType<typeof pixels>>;

async function pixels(png: Uint8Array | URL) {
  const image = await loadImage(png instanceof URL ? await readFile(png) : png);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

// How many pixels of a part of the picture are nearly as light as its letters.
function lightIn({ data, width }: Pixels, x: number, y: number, partWidth: number, height: number): number {
  let light = 0;
  for (let row = y; row < y + height; row += 1) {
    for (let column = x; column < x + partWidth; column += 1) {
      const at = 4 * (row * width + column);
      const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
      if (Math.min(red, green, blue) > 150) light += 1;
    }
  }
  return light;
}

describe('the chart', () => {
  let picture: Pixels;
  beforeAll(async () => {
    picture = await pixels(await renderWith());
  });

  it('looks as it was found beautiful', async () => {
    const [drawn, expected] = [picture, await pixels(golden)];
    expect([drawn.width, drawn.height]).toEqual([expected.width, expected.height]);
    let different = 0;
    for (let at = 0; at < expected.data.length; at += 4) {
      const differs = [0, 1, 2].some((c) => Math.abs((drawn.data[at + c] ?? 0) - (expected.data[at + c] ?? 0)) > 48);
      if (differs) different += 1;
    }
    // Another processor may smooth the edges in another way.
    expect(different / (expected.width * expected.height)).toBeLessThan(0.004);
  });

  it.each([
    ['the legend', 75, 20, 350, 60],
    ['the title of the days', 60, 185, 400, 55],
    ['the scale of the days', 60, 240, 90, 260],
    ['the dates', 260, 490, 860, 50],
    ['the title of the hours', 60, 600, 600, 55],
    ['the hours of the day', 150, 905, 960, 50],
    ['the time zone', 1040, 185, 110, 50],
  ])('has letters in %s', (_where, ...area) => {
    expect(lightIn(picture, ...area)).toBeGreaterThan(250);
  });

  it('is not drawn without its font', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'steward-chart-'));
    try {
      await cp(join(project, 'src/plugins/analytics/chart'), join(folder, 'chart'), { recursive: true });
      await rm(join(folder, 'chart/font'), { recursive: true });
      await mkdir(join(folder, 'chart/font'));
      await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      // In a process of its own: fonts are known to a whole process, where this one has drawn already.
      const code = `import { draw } from ${JSON.stringify(join(folder, 'chart/draw.ts'))}; draw(${JSON.stringify(exampleChart)});`;
      const drawing = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
      await expect(drawing).rejects.toThrow(/The font .*Inter-Regular\.ttf is missing/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the worker that draws', () => {
  const script = (source: string) =>
    new URL(
      `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; ${source}`)}`,
    );

  it('draws many at once, each its own', async () => {
    const one = await renderWith();
    const charts = [1, 2, 3].map((n) => ({ ...exampleChart, types: [{ label: 'Chats', total: 10 ** n }] }));
    const drawn = await Promise.all([...charts, exampleChart].map((chart) => renderer.render(chart)));
    expect(new Set(drawn.map((png) => png.toString('base64'))).size).toBe(4);
    expect(drawn[3]?.equals(one)).toBe(true);
  });

  it('rests when there is nothing to draw, and wakes again', async () => {
    await renderWith({ idle: 1 });
    await expect.poll(() => renderer.isAwake).toBe(false);
    expect((await renderer.render(exampleChart)).length).toBeGreaterThan(10_000);
  });

  it.each([
    ['hangs', 300, "parentPort.on('message', () => { for (;;); });", /No chart within 300 ms/],
    ['never answers', 300, "parentPort.on('message', () => undefined);", /No chart within 300 ms/],
    ['ends', 20_000, "parentPort.on('message', () => process.exit(7));", /ended with status 7/],
    ['throws', 20_000, "parentPort.on('message', () => { throw new Error('a bug'); });", /a bug/],
    ['cannot start', 20_000, "import 'a-package-that-is-not-there';", /a-package-that-is-not-there/],
  ])(
    'that %s takes nothing with it: the chart is given up, and the next one is another try',
    async (_what, deadline, source, reason) => {
      for (const _again of [1, 2]) {
        const charts = [renderWith({ script: script(source), deadline }), renderer.render(exampleChart)];
        for (const chart of await Promise.allSettled(charts))
          expect(chart).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(reason) } });
      }
    },
  );
});
