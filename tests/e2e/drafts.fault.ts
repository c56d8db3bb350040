import { once } from 'node:events';
import { MessageFlags } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { wording } from '../../src/wording.ts';
import { answering } from './answering.ts';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

/** A workflow's answer that is written a piece at a time, each when the test says so. */
class Writing {
  readonly #pieces: (object | undefined)[] = [];
  #wake: () => void = () => undefined;

  write(content: string): void {
    this.#push({ type: 'item', content });
  }

  end(): void {
    this.#push({ type: 'end' });
    this.#push(undefined);
  }

  fail(): void {
    this.#push({ type: 'error', content: 'The model fell over.' });
    this.#push(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    yield { type: 'begin' };
    for (;;) {
      const [piece] = this.#pieces;
      if (this.#pieces.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (piece === undefined) return;
      else {
        this.#pieces.shift();
        yield piece;
      }
    }
  }

  #push(piece: object | undefined): void {
    this.#pieces.push(piece);
    this.#wake();
  }
}

const isDraft = ({ flags }: { flags?: MessageFlags }): boolean => (Number(flags) & MessageFlags.SuppressEmbeds) !== 0;
// A draft ends in a mark that nobody sees.
const shown = ({ content }: { content: string }): string => content.replace(/[\u200b\u200c]+$/, '');
const drafted = (person: SimulatedUser, text: string) =>
  person.sees((message) => isDraft(message) && shown(message) === text);
const finished = (person: SimulatedUser, text: string) =>
  person.sees((message) => !isDraft(message) && message.content === text);
const written = ({ requests }: DiscordSimulator, { channelId }: SimulatedUser) =>
  requests.filter(({ method, path }) => method !== 'GET' && path.startsWith(`/channels/${channelId}/messages`));

describe.skipIf(!inject('postgres'))('an answer that the workflow streams', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '100' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const remembered = async ({ id }: SimulatedUser) =>
    query<{ user_message: string; ai_response: string }>(
      bot.environment,
      'SELECT user_message, ai_response FROM conversations c JOIN users u ON u.id = c.user_id WHERE discord_id = $1',
      [id],
    );

  it('appears while it is written, in the one message that it ends in, and is remembered when it is whole', async () => {
    const ada = bot.person();
    const stream = new Writing();
    using _ = answering(bot.workflow, () => ({ stream }));
    const { id: question } = ada.says('Tell me a story');
    stream.write('Once');
    const { id } = await drafted(ada, 'Once');
    stream.write(' upon');
    await drafted(ada, 'Once upon');
    expect(await remembered(ada)).toEqual([]);
    stream.write(` a time @everyone <@${ada.id}>.`);
    stream.end();
    const whole = `Once upon a time @everyone <@${ada.id}>.`;
    expect(await finished(ada, whole)).toMatchObject({ id, message_reference: { message_id: question } });
    expect(ada.heard).toMatchObject([{ id, flags: 0, mentions: [], mention_everyone: false }]);
    for (const { body } of written(bot.discord, ada)) expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    await expect.poll(() => remembered(ada)).toEqual([{ user_message: 'Tell me a story', ai_response: whole }]);
    ada.says('!flushmemory');
    expect((await ada.hears(({ content }) => !content.startsWith('Once'))).content).toBeDefined();
    await ada.sees(({ content }) => /^I forgot our conversation \(exchanges: 1/.test(content));
    expect(ada.heard).toHaveLength(2);
  });

  it('is replaced by one apology when the workflow fails in the middle', async () => {
    const ada = bot.person();
    const stream = new Writing();
    using _ = answering(bot.workflow, () => ({ stream }));
    ada.says('Tell me a story');
    const long = Array.from({ length: 50 }, (_line, n) => `Line ${n} ${'x'.repeat(60)}`).join('\n');
    stream.write(long);
    await ada.sees((message) => shown(message).endsWith(`Line 49 ${'x'.repeat(60)}`));
    stream.fail();
    await finished(ada, wording.apology());
    expect(ada.heard.map(({ content }) => content)).toEqual([wording.apology()]);
    expect(await remembered(ada)).toEqual([]);
  });
});

describe.skipIf(!inject('postgres'))('a process that is killed while it shows a draft', () => {
  it('answers in place of the draft at its next start, and asks the workflow again', async () => {
    await using around = await makeSurroundings();
    const { discord, workflow } = around;
    const streams = [new Writing(), new Writing()];
    let calls = 0;
    workflow.answer = () => ({ stream: streams[calls++] as Writing });
    const killed = await around.start();
    await killed.ready();
    const ada = discord.addUser({ username: 'ada' });
    ada.says('Tell me a story');
    streams[0]?.write('Once');
    const { id } = await drafted(ada, 'Once');
    await killed.stop('SIGKILL');
    const bot = await around.start({ DATA_DIR: killed.dataDir });
    await bot.ready();
    streams[1]?.write('Twice');
    // What stands there is gone on with, not another message begun.
    expect(await drafted(ada, 'Twice')).toMatchObject({ id });
    streams[1]?.write(' upon a time.');
    streams[1]?.end();
    await finished(ada, 'Twice upon a time.');
    expect(ada.heard).toMatchObject([{ id, flags: 0 }]);
    expect(calls).toBe(2);
    expect(await bot.stop()).toBe(0);
  });

  it('finishes the draft at its next start when the answer was known, and asks nobody', async () => {
    await using around = await makeSurroundings();
    const { discord, workflow, environment } = around;
    const stream = new Writing();
    workflow.answer = () => ({ stream });
    const killed = await around.start();
    await killed.ready();
    const ada = discord.addUser({ username: 'ada' });
    ada.says('Tell me a story');
    const long = Array.from({ length: 40 }, (_line, n) => `Line ${n} ${'x'.repeat(60)}`).join('\n');
    stream.write(long);
    const { id } = await ada.sees((message) => isDraft(message));
    await ada.sees((message) => shown(message).endsWith(`Line 39 ${'x'.repeat(60)}`));
    discord.faults.failNext({ method: 'DELETE', status: 503, times: 1_000 });
    discord.faults.failNext({ method: 'PATCH', status: 503, times: 1_000 });
    stream.write('\nThe end.');
    stream.end();
    for (;;) {
      const [{ method, body }] = await once(discord, 'request');
      if (method === 'PATCH' && body.flags === 0) break;
    }
    await killed.stop('SIGKILL');
    expect(ada.heard.every(isDraft)).toBe(true);
    discord.faults.reset();
    const bot = await around.start({ DATA_DIR: killed.dataDir });
    await ada.sees((message) => !isDraft(message) && message.content.endsWith('The end.'));
    expect(ada.heard.map(({ content }) => content).join('\n')).toBe(`${long}\nThe end.`);
    expect(ada.heard).toMatchObject([{ id, flags: 0 }, { flags: 0 }]);
    expect(workflow.calls).toHaveLength(1);
    expect(await bot.stop()).toBe(0);
    const rows = await query<{ ai_response: string }>(environment, 'SELECT ai_response FROM conversations');
    expect(rows).toEqual([{ ai_response: `${long}\nThe end.` }]);
  });
});
