import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

// node tests/support/screenshot.ts PAGE_URL OUTPUT.png [CHROMIUM]: talks to a running playground a little and takes its picture.
const [url, output, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!url || !output) throw new Error('Name the address of the playground and the file for the picture.');

const conversation = [
  'code',
  'Good morning! The choir meets on Thursday at seven.',
  '!limits',
  'When was the choir again?',
];

const profile = await mkdtemp(join(tmpdir(), 'screenshot-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  viewport: { width: 1280, height: 800 },
  colorScheme: 'dark',
  reducedMotion: 'reduce',
});
try {
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.goto(url);
  await page.locator('body.online').waitFor();
  for (const line of conversation) await say(page, line);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: output });
} finally {
  await browser.close();
  await rm(profile, { recursive: true });
}

async function say(page: Page, line: string): Promise<void> {
  const replies = page.locator('.from-bot');
  const before = await replies.count();
  await page.getByLabel('Message', { exact: true }).fill(line);
  await page.keyboard.press('Enter');
  await replies.nth(before).waitFor();
}
