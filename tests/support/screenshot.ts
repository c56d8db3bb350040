import { openBrowser, say } from './openBrowser.ts';

// node tests/support/screenshot.ts PAGE_URL OUTPUT.png: talks to a running playground a little, with its database down, and takes its picture.
const [url, path] = process.argv.slice(2);
if (!url || !path) throw new Error('Name the address of the playground and the file for the picture.');

await using browser = await openBrowser(url);
const { page } = browser;
for (const line of ['Good morning! The choir meets on Thursday at seven.', '!limits']) await say(page, line);
await page.getByRole('tab', { name: 'Trouble' }).click();
await page.getByRole('radio', { name: 'Down' }).check();
await say(page, 'When was the choir again?');
await page.getByText(/in the journal$/).waitFor();
await page.mouse.move(0, 0);
await page.screenshot({ path });
await page.getByRole('button', { name: 'All back to normal' }).click();
