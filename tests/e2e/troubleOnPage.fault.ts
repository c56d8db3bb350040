import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/simulator/playground/snapshot.ts';
import { prepareEmbedded } from '../../src/testing/prepareEmbedded.ts';
import { hasBrowser, type OpenedBrowser, openBrowser, say } from '../support/openBrowser.ts';
import { BotProcess } from '../support/startProcess.ts';

// As a newcomer meets it: `npm start` without anything, and a browser. Each test uses another person, or begins anew.
describe.skipIf(!hasBrowser)('somebody who plays with the playground', () => {
  let dataDir: string;
  let bot: BotProcess;
  let url: string;
  let browser: OpenedBrowser;
  let page: Page;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'steward-trouble-'));
    await prepareEmbedded(dataDir);
    bot = await BotProcess.start({ RATE_LIMIT_MAX: '50' }, { dataDir });
    [, url = ''] = await bot.line(/Write to it at (http:\S+)$/);
    browser = await openBrowser(url);
    page = browser.page;
    // It takes its time to start on a busy machine.
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await bot?.[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('takes the database away: answers go on, and what was said comes in when it is back', async () => {
    await say(page, 'I like engines');
    await open('Trouble');
    await page.getByRole('radio', { name: 'Down' }).check();
    await page.getByText('The database is down.').waitFor();
    await badge(/^database degraded/).waitFor();
    await say(page, 'What do I like?');
    expect(await lastAnswer()).toContain('Before that you wrote: “I like engines”');
    await badge(/in the journal$/).waitFor();
    await open('Inspector');
    await page.getByText('It cannot be asked just now.').waitFor();
    await page.getByRole('button', { name: 'All back to normal' }).click();
    await badge(/^database connected$/).waitFor();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await number('conversations', 2).waitFor();
  });

  it('sees a message’s way through the bot, the last one or the one that is picked', async () => {
    await open('Inspector');
    expect(await stages()).toEqual(['claim', 'admit', 'recall', 'respond', 'deliver', 'record']);
    expect(await page.locator('#turn-text').innerText()).toMatch(/^“What do I like\?”: answered after/);
    await page
      .getByRole('button', { name: /show its way/ })
      .first()
      .click();
    expect(await page.locator('#turn-text').innerText()).toMatch(/^“I like engines”: answered after/);
    await page.getByRole('button', { name: 'Follow the last message again' }).click();
    expect(await page.locator('#turn-text').innerText()).toMatch(/^“What do I like\?”/);
  });

  it('breaks the workflow: one apology, of which nothing is remembered', async () => {
    await open('Trouble');
    await page.getByRole('radio', { name: 'Fails (500)' }).check();
    await page.getByText('The workflow fails with 500.').waitFor();
    const before = await answers();
    await say(page, 'Are you there?');
    expect(await lastAnswer()).toContain('Sorry, I could not come up with an answer just now.');
    await page.getByRole('radio', { name: 'Normal' }).check();
    await say(page, 'And now?');
    expect(await lastAnswer()).toContain('Before that you wrote: “What do I like?”');
    expect(await answers()).toBe(before + 2);
    expect(await page.locator('.turn.bad').count()).toBe(1);
  });

  it('lets Discord stumble: each message is answered once', async () => {
    const before = await answers();
    await page.getByRole('button', { name: 'Answer with 429' }).click();
    await page.getByText('Discord will refuse the next answer at first.').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('Late?');
    await page.keyboard.press('Enter');
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Cut the connection' }).click();
    await page.getByRole('button', { name: 'Send the last message twice' }).click();
    await page.locator('.from-bot').nth(before).waitFor();
    await page.locator('body.online').waitFor();
    await say(page, 'Still there?');
    expect(await answers()).toBe(before + 2);
    expect((await state()).calls.map(({ body }) => body.message)).toEqual([
      'I like engines',
      'What do I like?',
      'Are you there?',
      'And now?',
      'Late?',
      'Still there?',
    ]);
  });

  it('moves the clock: a day later the workflow gets no old exchange, and the rows are gone', async () => {
    await open('Trouble');
    await page.getByRole('button', { name: '+24 hours' }).click();
    await page.getByText('one day ahead of today.').waitFor();
    await page.getByText('The Inspector shows what is left.').waitFor();
    await open('Inspector');
    await number('conversations', 0).waitFor();
    await say(page, 'Good morning');
    expect(await lastAnswer()).toContain('we have just met');
    expect((await state()).calls.at(-1)?.body.conversationContext).toEqual([]);
    expect(await page.locator('.day').count()).toBe(2);
    await number('conversations', 1).waitFor();
    await number('turns', 7).waitFor();
    await open('Trouble');
    await page.getByRole('button', { name: '+90 days' }).click();
    await page.getByText('91 days ahead of today.').waitFor();
    await open('Inspector');
    await number('turns', 0).waitFor();
    await number('statistics: messages', 0).waitFor();
    // Moved by a quarter of a year, it goes on at once, and nobody takes it for dead.
    await say(page, 'Good evening');
    await number('turns', 1).waitFor();
    expect((await fetch(`${await bot.url()}/ready`)).status).toBe(200);
  });

  it('gets along without a mouse', async () => {
    await page.reload();
    await page.locator('body.online').waitFor();
    await page.getByRole('tab', { name: 'Workflow' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Trouble' }).getAttribute('aria-selected')).toBe('true');
    // Past the conversation, which stands before the panel, to the first switch; the arrows go from choice to choice.
    await tabTo('input[name="database"]');
    await page.keyboard.press('ArrowDown');
    await badge(/^database degraded/).waitFor();
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate('document.activeElement.matches(":focus-visible")')).toBe(true);
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await page.locator('.from-bot', { hasText: 'By keyboard' }).first().waitFor();
    await tabTo('#calm');
    await page.keyboard.press('Enter');
    await badge(/^database connected$/).waitFor();
  });

  it('finds everything on a telephone, with nothing beyond its edge', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ['Workflow', 'Inspector', 'Trouble', 'Chat']) {
      await open(name);
      const panel = await page.getByRole('tab', { name }).getAttribute('aria-controls');
      expect(await page.locator(`#${panel}`).isVisible()).toBe(true);
      expect(await page.locator('#chat').isVisible()).toBe(name === 'Chat');
      const [width, seen] = (await page.evaluate(
        '[document.documentElement.scrollWidth, Math.max(...[...document.querySelectorAll(".panel:not([hidden]), header")].map((node) => node.scrollWidth))]',
      )) as [number, number];
      expect([name, width, seen <= 390]).toEqual([name, 390, true]);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('picks light or dark colours, which stay', async () => {
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: /^Colours/ }).click();
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    expect(await ground()).toBe(light);
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    expect(await ground()).toBe(dark);
  });

  const open = (name: string) => page.getByRole('tab', { name }).click();
  const badge = (text: RegExp) => page.locator('#database', { hasText: text });
  const number = (table: string, count: number) =>
    page.locator(`[data-table="${table}"]`, { has: page.getByText(String(count), { exact: true }) });
  const answers = () => page.locator('.from-bot').count();
  const lastAnswer = () => page.locator('.from-bot').last().innerText();
  const stages = () => page.locator('#stages strong').allInnerTexts();
  const state = async () => (await (await fetch(`${url}/state`)).json()) as Snapshot;

  async function tabTo(selector: string): Promise<void> {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(`document.activeElement.matches('${selector}')`)) return;
    }
    throw new Error(`The Tab key does not reach ${selector}.`);
  }
});
