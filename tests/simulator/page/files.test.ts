import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Playground } from '../../../src/simulator/playground/Playground.ts';
import { hasBrowser, openBrowser } from '../../support/openBrowser.ts';
import { logIn, send, startSimulator } from '../discordClient.ts';
import { png } from './png.ts';

const wide = png(1600, 500, [78, 89, 201]);
const description = 'Messages a day, rising from 3 to 40';

describe.skipIf(!hasBrowser)('the files of a message on the page', () => {
  it.each([1280, 360])('are pictures with their description, no wider than the column, at %i pixels', async (width) => {
    const { page } = await open([
      { content: 'Attached', files: [{ attachment: wide, name: 'chart.png', description }] },
      {
        embeds: [{ title: 'This week', image: { url: 'attachment://chart.png' } }],
        files: [{ attachment: wide, name: 'chart.png', description }],
      },
    ]);
    await page.setViewportSize({ width, height: 800 });
    const pictures = page.getByRole('img', { name: description });
    await expect.poll(() => pictures.count()).toBe(2);
    const column = await boxOf(page.locator('#messages'));
    for (const picture of await pictures.all()) {
      await picture.scrollIntoViewIfNeeded();
      await expect.poll(async () => (await boxOf(picture)).width).toBeGreaterThan(200);
      const box = await boxOf(picture);
      expect(box.x).toBeGreaterThanOrEqual(column.x);
      expect(box.x + box.width).toBeLessThanOrEqual(column.x + column.width);
      expect(box.width / box.height).toBeCloseTo(1600 / 500, 1);
    }
    const [scrolled, seen] = await page
      .locator('#scroller')
      .evaluate((node: { scrollWidth: number; clientWidth: number }) => [node.scrollWidth, node.clientWidth]);
    expect(scrolled).toBe(seen);
  });

  it('are offered for download when they are no pictures', async () => {
    const attachment = Buffer.from('{"warnings":[]}');
    const { page } = await open([{ content: 'Yours', files: [{ attachment, name: 'my-data.json' }] }]);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'my-data.json' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('my-data.json');
    expect(await readFile(await file.path(), 'utf8')).toBe('{"warnings":[]}');
  });
});

async function open(messages: Parameters<typeof send>[2][]) {
  const discord = await startSimulator();
  const ada = discord.addUser({ username: 'ada', globalName: 'Ada' });
  const client = await logIn(discord);
  for (const message of messages) await send(client, ada.channelId, message);
  const playground = await Playground.start({ discord, workflow: undefined, port: 0 });
  onTestFinished(() => playground.stop());
  const browser = await openBrowser(playground.url);
  onTestFinished(() => browser[Symbol.asyncDispose]());
  return { page: browser.page };
}

async function boxOf(locator: {
  boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null>;
}) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('It is not to be seen.');
  return box;
}
