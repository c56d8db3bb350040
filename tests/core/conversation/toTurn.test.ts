import { container } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import '../../../src/core/container.ts';
import { toTurn } from '../../../src/core/conversation/toTurn.ts';
import type { SayOptions } from '../../../src/simulator/SimulatedUser.ts';
import { logIn, nextMessage, startSimulator } from '../../simulator/discordClient.ts';

function setClock(now: () => number): void {
  Object.assign(container, { clock: { now } });
  onTestFinished(() => void Reflect.deleteProperty(container, 'clock'));
}

async function open() {
  setClock(Date.now);
  const discord = await startSimulator();
  const client = await logIn(discord);
  const ada = discord.addUser({ username: 'ada' });
  const receive = async (content: string, options?: SayOptions): Promise<Message> => {
    const received = nextMessage(client);
    ada.says(content, options);
    return received;
  };
  return { ada, receive };
}

describe('toTurn', () => {
  it('makes plain data of a direct message', async () => {
    const { ada, receive } = await open();
    const message = await receive('Hello!\n*you*');
    const turn = toTurn(message);
    expect(turn).toEqual({
      id: message.id,
      channelId: ada.channelId,
      userId: ada.id,
      username: 'ada',
      text: 'Hello!\n*you*',
      attachments: [],
      at: message.createdAt,
    });
    expect(structuredClone(turn)).toEqual(turn);
  });

  it('names stickers in brackets, behind what was written', async () => {
    const { receive } = await open();
    expect(toTurn(await receive('Look', { stickers: ['Wave', 'Dance'] })).text).toBe(
      'Look\n[sticker: Wave]\n[sticker: Dance]',
    );
    expect(toTurn(await receive('', { stickers: ['Wave'] })).text).toBe('[sticker: Wave]');
  });

  it('brings attachments with address, name, type and size', async () => {
    const { receive } = await open();
    const content = Buffer.from('Hello');
    const turn = toTurn(
      await receive('', { attachments: [{ filename: 'note.txt', content, contentType: 'text/plain' }] }),
    );
    expect(turn.text).toBe('');
    expect(turn.attachments).toEqual([
      { url: expect.stringMatching(/^http/), filename: 'note.txt', contentType: 'text/plain', size: 5 },
    ]);
    const file = await fetch(turn.attachments[0]?.url ?? '');
    expect(await file.text()).toBe('Hello');
  });

  it('cleans text of what a database cannot hold', async () => {
    const { receive } = await open();
    expect(toTurn(await receive('a\0b \ud800')).text).toBe('ab \ufffd');
  });

  it('takes the time from the message, or from the clock when the message’s cannot be right', async () => {
    const { receive } = await open();
    const message = await receive('Hello');
    const years = Date.UTC(2040, 0);
    setClock(() => years);
    expect(toTurn(message).at).toEqual(new Date(years));
  });
});
