import { describe, expect, it, onTestFinished } from 'vitest';
import type { DiscordSimulator } from '../../../src/simulator/DiscordSimulator.ts';
import { Playground } from '../../../src/simulator/playground/Playground.ts';
import type { SimulatedUser } from '../../../src/simulator/SimulatedUser.ts';
import { hasBrowser, openBrowser } from '../../support/openBrowser.ts';
import { logIn, startSimulator } from '../discordClient.ts';
import { call } from '../restClient.ts';

describe.skipIf(!hasBrowser)('a reply on the page', () => {
  it('stands below one line that says whom it answers, and what', async () => {
    const { ada, discord, page } = await open();
    const { id } = ada.says(
      `**Where** is\n\nthe <img src="x" onerror="document.title = 'owned'"> choir? ${'la '.repeat(600)}`,
    );
    await answer(discord, ada, id, 'In the hall.');

    const row = page.locator('.from-bot');
    const reply = row.getByRole('group', { name: 'In reply to Ada', exact: true });
    expect(await reply.innerText()).toMatch(/^A\s+Ada\s+Where is the <img src="x" onerror=.*> choir\? la la .*…$/);
    expect(await reply.locator('img').count()).toBe(0);
    expect(await row.locator('.content').innerText()).toBe('In the hall.');
    const [line, text] = [await boxOf(reply), await boxOf(row.locator('.content'))];
    expect(line.height).toBeLessThan(22);
    expect(line.y + line.height).toBeLessThanOrEqual(text.y);
    expect(line.x + line.width).toBeLessThanOrEqual(text.x + text.width + 1);
    expect(await page.title()).not.toBe('owned');
  });

  it('follows what becomes of the message that it answers', async () => {
    const { ada, discord, page } = await open();
    const { id } = ada.says('frist');
    for (const text of ['Pardon?', 'You mean first?']) await answer(discord, ada, id, text);
    const reply = page.locator('.from-bot:not(.grouped) .reply').nth(1);
    await reply.getByText('frist').waitFor();
    ada.edits(id, 'first');
    await reply.getByText('first').waitFor();
    ada.deletes(id);
    await reply.getByText('Original message was deleted').waitFor();
    await page.reload();
    await reply.getByText('Original message was deleted').waitFor();
  });

  it('names what else than text the message was, and does so for the bot’s, too', async () => {
    const { ada, discord, page } = await open();
    const picture = ada.says('', { attachments: [{ filename: 'a.txt', content: 'a' }] });
    const own = await answer(discord, ada, picture.id, 'Thank you.');
    ada.says('Welcome!', { replyTo: own });
    expect(await page.getByRole('group', { name: 'In reply to Ada', exact: true }).innerText()).toMatch(/Attachment$/);
    expect(await page.getByRole('group', { name: 'In reply to Steward' }).innerText()).toMatch(/Thank you\.$/);
  });
});

async function open() {
  const discord = await startSimulator();
  const ada = discord.addUser({ username: 'ada', globalName: 'Ada' });
  await logIn(discord);
  const playground = await Playground.start({ discord, workflow: undefined, port: 0 });
  onTestFinished(() => playground.stop());
  const browser = await openBrowser(playground.url);
  onTestFinished(() => browser[Symbol.asyncDispose]());
  return { discord, ada, page: browser.page };
}

async function answer(discord: DiscordSimulator, user: SimulatedUser, messageId: string, content: string) {
  const message_reference = { message_id: messageId };
  const { body } = await call(discord, 'POST', `/channels/${user.channelId}/messages`, { content, message_reference });
  return String(body.id);
}

async function boxOf(locator: {
  boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null>;
}) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('It is not to be seen.');
  return box;
}
