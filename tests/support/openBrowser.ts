import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** Where Debian keeps its browser. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasBrowser = existsSync(executablePath);

/** A browser's only tab, with a profile of its own; both go away together. */
export interface OpenedBrowser extends AsyncDisposable {
  readonly page: Page;
}

/** Opens a page in Debian's Chromium; it asks nothing of the network but what the page does. */
export async function openBrowser(url: string): Promise<OpenedBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'steward-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.goto(url);
  await page.locator('body.online').waitFor();
  return {
    page,
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Writes as the chosen person and waits for the bot's next message. */
export async function say(page: Page, line: string): Promise<void> {
  const replies = page.locator('.from-bot');
  const before = await replies.count();
  await page.getByLabel('Message', { exact: true }).fill(line);
  await page.keyboard.press('Enter');
  await replies.nth(before).waitFor();
}
