import { openBrowser, say } from './openBrowser.ts';

// node tests/support/screenshot.ts PAGE_URL OUTPUT.png: talks to a running playground a little and takes its picture.
const [url, path] = process.argv.slice(2);
if (!url || !path) throw new Error('Name the address of the playground and the file for the picture.');

const conversation = [
  'code',
  'Good morning! The choir meets on Thursday at seven.',
  '!limits',
  'When was the choir again?',
];

await using browser = await openBrowser(url);
for (const line of conversation) await say(browser.page, line);
await browser.page.mouse.move(0, 0);
await browser.page.screenshot({ path });
