import { once } from 'node:events';
import { type ButtonInteraction, type Client, Events, MessageFlags } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Playground } from '../../../src/simulator/playground/Playground.ts';
import { hasBrowser, openBrowser } from '../../support/openBrowser.ts';
import { logIn, startSimulator } from '../discordClient.ts';
import { call } from '../restClient.ts';

const row = (...components: object[]) => [{ type: 1, components }];
const next = { type: 2, style: 1, label: 'Next', custom_id: 'next' };
const back = { type: 2, style: 2, label: 'Back', custom_id: 'back' };

describe.skipIf(!hasBrowser)('buttons on the page', () => {
  it('stand below their message, and lead elsewhere, are dead, or can be pressed', async () => {
    const { page } = await open({
      components: row({ ...back, disabled: true }, { ...next, emoji: { name: '▶️' } }, link('https://example.org/')),
    });
    const message = page.locator('.from-bot');
    expect(await message.locator('.body').innerText()).toMatch(
      /^Steward\s+app\s+\d\d:\d\d\s+Page 1\s+Back\s+▶️\s+Next\s+More\s+↗$/,
    );
    expect(await message.getByRole('button', { name: 'Back' }).isDisabled()).toBe(true);
    expect(await message.getByRole('button', { name: '▶️ Next' }).isEnabled()).toBe(true);
    const anchor = message.getByRole('link', { name: 'More' });
    expect(await anchor.getAttribute('href')).toBe('https://example.org/');
    expect(await anchor.getAttribute('target')).toBe('_blank');
    const [text, buttons] = [await message.locator('.content').boundingBox(), await anchor.boundingBox()];
    expect(buttons?.y).toBeGreaterThanOrEqual((text?.y ?? 0) + (text?.height ?? 0));
  });

  it('are pressed by the mouse, show that the bot is at it, and change with the message', async () => {
    const { ada, client, page } = await open({ components: row(back, next) });
    const pressed = nextPress(client);
    await page.getByRole('button', { name: 'Next' }).click();
    const interaction = await pressed;
    expect([interaction.customId, interaction.user.id]).toEqual(['next', ada.id]);
    await page.locator('button[aria-busy="true"]', { hasText: 'Next' }).waitFor();
    expect(await page.getByRole('button', { name: 'Back' }).getAttribute('aria-disabled')).toBe('true');
    await interaction.update({ content: 'Page 2', components: row(back) as never });
    await page.locator('.content', { hasText: 'Page 2' }).waitFor();
    await page.locator('.components button:not([aria-disabled])', { hasText: 'Back' }).waitFor();
    expect(await page.getByRole('button', { name: 'Next' }).count()).toBe(0);
    expect(await page.locator('[aria-busy="true"]').count()).toBe(0);
  });

  it('are pressed by the keyboard, which is where it was when the next page is there', async () => {
    const { client, page } = await open({ components: row(next) });
    const button = page.getByRole('button', { name: 'Next' });
    for (const [key, content, components] of [
      ['Enter', 'Page 2', row(back, next)],
      ['Space', 'Page 3', row(back, { ...next, disabled: true })],
    ] as const) {
      await button.focus();
      const pressed = nextPress(client);
      await page.keyboard.press(key);
      await (await pressed).update({ content, components: components as never });
      await page.locator('.content', { hasText: content }).waitFor();
    }
    expect(await page.locator(':focus').innerText()).toBe('Back');
  });

  it('say that the interaction failed when the bot is silent, and can be pressed again', async () => {
    const { client, page } = await open({ components: row(next) }, 3_000);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('alert').filter({ hasText: 'This interaction failed' }).waitFor();
    const pressed = nextPress(client);
    await page.getByRole('button', { name: 'Next' }).click();
    await (await pressed).deferUpdate();
    await page.getByText('This interaction failed').waitFor({ state: 'hidden' });
  });

  it('are not pressed twice while the bot is at it', async () => {
    const { client, page } = await open({ components: row(back, next) });
    const presses: string[] = [];
    client.on(Events.InteractionCreate, (each) => void presses.push((each as ButtonInteraction).customId));
    const pressed = nextPress(client);
    await page.getByRole('button', { name: 'Next' }).dblclick();
    await page.getByRole('button', { name: 'Back' }).click({ force: true });
    await (await pressed).update({ content: 'Page 2', components: row(back) as never });
    await page.locator('.components button:not([aria-disabled])', { hasText: 'Back' }).waitFor();
    const last = nextPress(client);
    await page.getByRole('button', { name: 'Back' }).click();
    await last;
    expect(presses).toEqual(['next', 'back']);
  });

  it('whose message is gone by now say so', async () => {
    const { discord, ada, page, id } = await open({ components: row(next) });
    const message = await page.evaluate(
      async ([userId, messageId]) => {
        const response = await fetch('/press', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ userId, messageId, customId: 'gone' }),
        });
        return [response.status, ((await response.json()) as { message: string }).message];
      },
      [ada.id, id],
    );
    expect(message).toEqual([409, expect.stringContaining('does not exist; it has "Next"')]);
    expect(discord.users).toHaveLength(1);
  });

  it('may be answered for one person’s eyes, or promised', async () => {
    const { client, page } = await open({ components: row(next) });
    const pressed = nextPress(client);
    await page.getByRole('button', { name: 'Next' }).click();
    const interaction = await pressed;
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await page.getByText('Steward is thinking…').waitFor();
    await interaction.editReply('A secret.');
    const answer = page.locator('.ephemeral', { hasText: 'A secret.' });
    await answer.getByText('Only you can see this').waitFor();
    expect(await answer.locator('.edited').count()).toBe(0);
    await page.reload();
    await answer.waitFor();
    await interaction.deleteReply();
    await answer.waitFor({ state: 'detached' });
  });

  it('whose label is markup are that label', async () => {
    const { page } = await open({
      components: row({ ...next, label: '<img src="x" onerror="document.title = \'owned\'">' }),
    });
    expect(await page.getByRole('button', { name: '<img src="x"' }).count()).toBe(1);
    expect(await page.title()).not.toBe('owned');
  });
});

async function open(form: object, interactionPatience = 20_000) {
  const discord = await startSimulator({ interactionPatience });
  const ada = discord.addUser({ username: 'ada', globalName: 'Ada' });
  const client = await logIn(discord);
  const path = `/channels/${ada.channelId}/messages`;
  const { body } = await call(discord, 'POST', path, { content: 'Page 1', ...form });
  const playground = await Playground.start({ discord, workflow: undefined, port: 0 });
  onTestFinished(() => playground.stop());
  const browser = await openBrowser(playground.url);
  onTestFinished(() => browser[Symbol.asyncDispose]());
  return { discord, ada, client, page: browser.page, id: String(body.id) };
}

async function nextPress(client: Client): Promise<ButtonInteraction> {
  const [interaction] = await once(client, Events.InteractionCreate);
  return interaction;
}

function link(url: string) {
  return { type: 2, style: 5, label: 'More', url };
}
