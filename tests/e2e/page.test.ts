import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { Playground } from '../../src/simulator/playground/Playground.ts';
import { hasBrowser, type OpenedBrowser, openBrowser, say } from '../support/openBrowser.ts';

describe.skipIf(!hasBrowser || !inject('postgres'))('the page of the playground', () => {
  let bot: TestBot;
  let playground: Playground;
  let browser: OpenedBrowser;
  beforeAll(async () => {
    bot = await startTestBot();
    bot.person('ada');
    const admin = bot.admin().person;
    const { discord, workflow } = bot;
    playground = await Playground.start({ discord, workflow, adminIds: [admin.id], port: 0 });
    browser = await openBrowser(playground.url);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await playground?.stop();
    await bot?.[Symbol.asyncDispose]();
  });

  it('shows the bot’s answer and what the workflow received', async () => {
    const { page } = browser;
    await say(page, 'Hello from the page');
    expect(await page.locator('.from-bot').last().innerText()).toContain('You said: Hello from the page');
    expect(await page.locator('#calls').innerText()).toContain('"message": "Hello from the page"');
  });

  it('shows that the bot is typing while the workflow thinks', async () => {
    const { page } = browser;
    const { promise: thought, resolve: think } = Promise.withResolvers<void>();
    bot.workflow.answer = async () => {
      await thought;
      return { body: { output: 'Well considered.' } };
    };
    await page.getByLabel('Message', { exact: true }).fill('Think about it');
    await page.keyboard.press('Enter');
    await page.locator('#typing').waitFor({ state: 'visible' });
    think();
    await page.getByText('Well considered.').first().waitFor();
  });

  it('shows an answer that is still being written, and each change of it in its place', async () => {
    const { page } = browser;
    const write = Promise.withResolvers<void>();
    bot.workflow.answer = () => ({
      stream: (async function* () {
        yield { type: 'begin' };
        yield { type: 'item', content: 'Once' };
        await write.promise;
        yield { type: 'item', content: ' upon a time.' };
        yield { type: 'end' };
      })(),
    });
    await page.getByLabel('Message', { exact: true }).fill('A story');
    await page.keyboard.press('Enter');
    const answer = page.locator('.from-bot .content').last();
    await page.locator('.from-bot .content', { hasText: /^Once/ }).waitFor();
    const before = await page.locator('.from-bot').count();
    write.resolve();
    await page.locator('.from-bot .content', { hasText: /^Once upon a time\.$/ }).waitFor();
    expect(await page.locator('.from-bot').count()).toBe(before);
    expect(await answer.innerText()).toBe('Once upon a time.');
  });

  it('runs commands, as whichever person is picked', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: /the-admin/i }).click();
    await say(page, '!help');
    expect(await page.locator('.from-bot').last().innerText()).toContain('!flushmemory');
  });

  it('suggests to an admin what only an admin may, and shows the chart of it', async () => {
    const { page } = browser;
    const suggestion = page.locator('#suggestions').getByText('!stats');
    await page.locator('#people').getByRole('button', { name: /ada/i }).click();
    expect(await suggestion.isVisible()).toBe(false);
    await page.getByRole('button', { name: /the-admin/i }).click();
    await suggestion.click();
    const chart = page
      .locator('.from-bot')
      .last()
      .getByRole('img', { name: /messages/i });
    await chart.waitFor();
    expect(await chart.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBe(1200);
  });
});
