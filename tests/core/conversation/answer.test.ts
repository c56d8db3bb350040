import { container } from '@sapphire/framework';
import { type APIMessage, AttachmentBuilder, type Message } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import '../../../src/core/container.ts';
import { answer } from '../../../src/core/conversation/answer.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { logIn, nextMessage, startSimulator } from '../../simulator/discordClient.ts';

async function open() {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', secrets: [], destination: { write: (line) => void lines.push(line) } });
  Object.assign(container, { log });
  onTestFinished(() => void Reflect.deleteProperty(container, 'log'));
  const discord = await startSimulator();
  const client = await logIn(discord);
  const ada = discord.addUser({ username: 'ada' });
  const receive = async (content = 'Hello'): Promise<Message> => {
    const received = nextMessage(client);
    ada.says(content);
    return received;
  };
  /** What the bot asked Discord to post, refused and repeated requests included. */
  const sent = (): Record<string, unknown>[] =>
    discord.requests
      .filter(({ method, path }) => method === 'POST' && path === `/channels/${ada.channelId}/messages`)
      .map(({ body }) => body as Record<string, unknown>);
  return { discord, ada, receive, sent, lines };
}

const contents = (messages: readonly APIMessage[]): string[] => messages.map(({ content }) => content);

describe('answer', () => {
  it('says a text in the channel of the message, with the nonce <message id>-0', async () => {
    const { ada, receive, sent } = await open();
    const message = await receive();
    await answer(message, 'Hello yourself');
    expect(contents(ada.heard)).toEqual(['Hello yourself']);
    expect(sent()).toEqual([
      expect.objectContaining({ nonce: `${message.id}-0`, enforce_nonce: true, allowed_mentions: { parse: [] } }),
    ]);
  });

  it('replies, so that everybody sees what is answered, and says it all the same when the message is gone', async () => {
    const { ada, receive } = await open();
    const message = await receive();
    await answer(message, 'one');
    await answer(message, 'two');
    const gone = await receive();
    ada.deletes(gone.id);
    await answer(gone, 'three');
    const questions = ada.heard.map(({ content, message_reference }) => [content, message_reference?.message_id]);
    expect(questions).toEqual([
      ['one', message.id],
      ['two', undefined],
      ['three', undefined],
    ]);
  });

  it('says a long text in parts, in order, each with a nonce of its own', async () => {
    const { ada, receive, sent } = await open();
    const message = await receive();
    const paragraphs = Array.from({ length: 60 }, (_, n) =>
      `Paragraph ${n}. ${'All work and no play. '.repeat(5)}`.trim(),
    );
    await answer(message, paragraphs.join('\n\n'));
    expect(ada.heard.length).toBeGreaterThan(3);
    expect(contents(ada.heard).join('\n\n')).toBe(paragraphs.join('\n\n'));
    expect(sent().map(({ nonce }) => nonce)).toEqual(ada.heard.map((_, part) => `${message.id}-${part}`));
  });

  it('does not take a second answer to one message for the first one', async () => {
    const { ada, receive, sent } = await open();
    const message = await receive();
    await answer(message, 'one');
    await answer(message, 'two');
    expect(contents(ada.heard)).toEqual(['one', 'two']);
    expect(sent().map(({ nonce }) => nonce)).toEqual([`${message.id}-0`, `${message.id}-1`]);
  });

  it('is said once when Discord took it and its answer got lost', async () => {
    const { discord, ada, receive, sent } = await open();
    const message = await receive();
    discord.faults.loseAnswers({ method: 'POST', path: /messages$/ });
    await answer(message, 'once');
    expect(sent()).toHaveLength(2);
    expect(contents(ada.heard)).toEqual(['once']);
  });

  it('is said after Discord has failed or has been busy', async () => {
    const { discord, ada, receive } = await open();
    const message = await receive();
    discord.faults.failNext({ status: 502, method: 'POST', path: /messages$/ });
    discord.faults.limitNext({ retryAfterMs: 10, method: 'POST', path: /messages$/ });
    await answer(message, 'at last');
    expect(contents(ada.heard)).toEqual(['at last']);
  });

  it('pings nobody, whatever it says', async () => {
    const { ada, receive } = await open();
    await answer(await receive(), `@everyone @here <@${ada.id}> <@&1000000000000000100>`);
    expect(ada.heard).toMatchObject([{ mention_everyone: false, mentions: [], mention_roles: [] }]);
  });

  it('puts embeds and files on the first part', async () => {
    const { ada, receive } = await open();
    const files = [new AttachmentBuilder(Buffer.from('{}'), { name: 'data.json' })];
    await answer(await receive(), { content: 'word '.repeat(500), embeds: [{ title: 'Title' }], files });
    const [first, second] = ada.heard;
    expect(first).toMatchObject({ embeds: [{ title: 'Title' }], attachments: [{ filename: 'data.json' }] });
    expect(second).toMatchObject({ embeds: [], attachments: [] });
    expect(ada.heard).toHaveLength(2);
  });

  it('can be a file alone', async () => {
    const { ada, receive } = await open();
    await answer(await receive(), { files: [new AttachmentBuilder(Buffer.from('{}'), { name: 'data.json' })] });
    expect(ada.heard).toMatchObject([{ content: '', attachments: [{ filename: 'data.json' }] }]);
  });

  it('fails with Discord’s refusal when the person blocks the bot, and says the rest no more', async () => {
    const { ada, receive, sent } = await open();
    const message = await receive();
    ada.blocksBot = true;
    await expect(answer(message, 'word '.repeat(500))).rejects.toMatchObject({ status: 403, code: 50007 });
    expect(sent()).toHaveLength(1);
  });
});
