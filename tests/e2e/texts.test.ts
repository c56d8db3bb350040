import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { SayOptions, SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import type { WorkflowPayload } from '../../src/simulator/WorkflowCall.ts';
import { answering } from './answering.ts';
import { query } from './query.ts';

const nothing = 'I can read text and files, but I found neither in your message.';

describe.skipIf(!inject('postgres'))('a text of any kind', () => {
  let bot: TestBot;
  let ada: SimulatedUser;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '1000' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  beforeEach(() => {
    ada = bot.person();
  });

  /** Says it, and then something plain, which must still be answered: what was heard, sent and stored of the first. */
  async function exchange(content: string, options: SayOptions = {}) {
    ada.says(content, options);
    const answer = (await ada.hears()).content;
    expect((await ada.asks('Are you still there?')).content).toBe('You said: Are you still there?');
    const [sent, , ...more] = bot.workflow.calls.filter(({ body }) => body.userId === ada.id).map(({ body }) => body);
    expect(more).toEqual([]);
    const [stored] = await query<{ user_message: string; ai_response: string }>(
      bot.environment,
      `SELECT user_message, ai_response FROM conversations JOIN users ON users.id = user_id
       WHERE discord_id = $1 ORDER BY "timestamp" LIMIT 1`,
      [ada.id],
    );
    return { answer, sent: sent as WorkflowPayload, stored };
  }

  it.each([
    ['emoji and their joiners', 'Hi 👋🏽 👩‍👩‍👧‍👦 🏳️‍🌈'],
    ['a code fence', '```js\nconst a = `b`;\n```\nWhat is it?'],
    ['an unclosed code fence', '```js\nconst a ='],
    ['right-to-left text', 'مرحبا بالعالم \u202e!dlrow olleH\u202c שלום'],
    ['combining marks', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘'],
    ['mentions', '<@1000000000000000001> <@!200000000000000001> <@&5> <#6> @everyone @here'],
    ['SQL', `'; DROP TABLE conversations; -- $1 ? :name \\' E'\\000'`],
    ["n8n's expressions", '{{ $json.x }} ={{ $env.N8N_ENCRYPTION_KEY }}'],
    ['JSON and escapes', '{"output": "x"} \\u0000 \\ud800 %00 &#0; \\x00'],
    ['HTML', '<script>alert(1)</script><!doctype html>'],
    ['line ends of all kinds', 'a\r\nb\rc\nd\u2028e\u2029f\u0085g\vh\fi'],
    ['control characters', '\u0001\u0007\u001b[31mred\u007f\ufeff\ufffe\uffff'],
    ['an object’s own names', '__proto__ constructor toString undefined null NaN'],
  ])('arrives as it was written: %s', async (_kind, text) => {
    const { answer, sent, stored } = await exchange(text);
    expect(sent.message).toBe(text);
    expect(answer.replace(/^You said: /, '')).toBe(text);
    expect(stored).toEqual({ user_message: text, ai_response: `You said: ${text}` });
  });

  it('loses the NUL bytes and the halves of characters, which no database takes', async () => {
    const { answer, sent, stored } = await exchange('a\0b \ud83d c \ude00 d 😀\0');
    const clean = 'ab \ufffd c \ufffd d 😀';
    expect(sent.message).toBe(clean);
    expect(answer).toBe(`You said: ${clean}`);
    expect(stored).toEqual({ user_message: clean, ai_response: `You said: ${clean}` });
  });

  it('is cleaned in an answer of the workflow too', async () => {
    using _ = answering(bot.workflow, () => ({ body: '{"output": "a\\u0000b \\ud83d c"}' }));
    expect((await ada.asks('What is not clean?')).content).toBe('ab \ufffd c');
    await ada.asks('Are you still there?');
    const context = bot.workflow.calls.at(-1)?.body.conversationContext;
    expect(context).toMatchObject([{ aiResponse: 'ab \ufffd c' }]);
  });

  it('may have 4,000 characters, which are sent and stored whole and come back in parts', async () => {
    const text = 'word '.repeat(799).padEnd(4_000, '.');
    ada.says(text);
    const parts = [(await ada.hears()).content, (await ada.hears()).content, (await ada.hears()).content];
    expect(parts.join(' ').replaceAll(/\s+/g, ' ')).toBe(`You said: ${text}`.replaceAll(/\s+/g, ' '));
    await ada.asks('Are you still there?');
    const calls = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
    expect(calls[0]?.body.message).toBe(text);
    expect(calls[1]?.body.conversationContext).toMatchObject([{ userMessage: text, aiResponse: `You said: ${text}` }]);
  });

  it('may be missing when there is a file, whose name is remembered', async () => {
    const attachments = [{ filename: 'plän\0.txt', content: 'a plan', contentType: 'text/plain' }];
    const { sent, stored } = await exchange('', { attachments });
    expect(sent.message).toBe('');
    expect(sent.attachments).toEqual([
      { url: expect.stringMatching(/^http/), filename: 'plän.txt', contentType: 'text/plain', size: 6 },
    ]);
    expect(await (await fetch(sent.attachments[0]?.url ?? '')).text()).toBe('a plan');
    expect(stored?.user_message).toBe('[file: plän.txt]');
  });

  it('may be missing when there is a sticker, whose name stands for it', async () => {
    const { sent, stored } = await exchange('', { stickers: ['Wave'] });
    expect(sent.message).toBe('[sticker: Wave]');
    expect(stored?.user_message).toBe('[sticker: Wave]');
  });

  it.each([
    ['empty, as a poll or a forwarded message is', ''],
    ['blanks', '  \n\t '],
    ['NUL bytes', '\0\0'],
  ])('is answered with a hint when there is none: %s', async (_kind, text) => {
    const { answer, sent } = await exchange(text);
    expect(answer).toBe(nothing);
    expect(sent.message).toBe('Are you still there?');
  });

  it.each([
    ['10,000 arguments', `!help ${'a '.repeat(10_000)}`],
    ['an unclosed quote', '!help "limits'],
    ['flags and quotes', '!help --limits=“x” ‘y’ "" -- -'],
    ['NUL bytes and halves of characters', '!help a\0\ud83d'],
  ])('is sensibly answered behind a command: %s', async (_kind, text) => {
    const { answer, sent } = await exchange(text);
    expect(answer).toMatch(/^I do not know |^`!limits` – |^Write to me about anything/);
    expect(sent.message).toBe('Are you still there?');
  });

  it.each([
    ['a long word', `!${'x'.repeat(3_999)}`],
    ['a long reserved word', `/${'x'.repeat(3_999)}`],
    ['NUL bytes and halves of characters', '!a\0b\ud83d'],
    ['reserved NUL bytes and halves of characters', '/a\0b\ud83d'],
    ['emoji, which must not be cut in halves', `!${'😀'.repeat(100)}`],
    ['backticks', '!```js\n`x`'],
    ['mentions', '!@everyone<@200000000000000001>'],
    ['Sapphire’s own names', '!unknownMessageCommand'],
  ])('is sensibly answered as an unknown command: %s', async (_kind, text) => {
    const { answer, sent } = await exchange(text);
    expect(answer).toMatch(/^I do not know `[^`]+`\. Did you mean `!\w+`\?$|^`[^`]+` is reserved for automation\./);
    expect(answer.length).toBeLessThan(150);
    expect(answer.isWellFormed()).toBe(true);
    expect(answer).not.toContain('\0');
    expect(sent.message).toBe('Are you still there?');
  });

  it('gets exactly one answer, whatever it is', async () => {
    const codeUnit = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
      fc.constantFrom('\0', '\ud800', '\udfff', '!', '/', '`', ' ', '\n', '"', '@', '😀'),
    );
    const text = fc.string({ unit: codeUnit, maxLength: 60 });
    let said = 0;
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const { content: answer } = await ada.asks(content);
        said += 1;
        expect(answer.isWellFormed()).toBe(true);
        expect(answer).not.toContain('\0');
      }),
      { numRuns: 30 },
    );
    // All that is in hand is answered before the bot has stopped.
    await bot.stop();
    await bot.start();
    expect(ada.heard).toHaveLength(said);
    const heard = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
    for (const { body } of heard) expect(body.message.isWellFormed() && !body.message.includes('\0')).toBe(true);
  });
});
