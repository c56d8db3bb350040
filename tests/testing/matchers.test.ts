import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Said, startTestBot, type TestBot } from '#testing';
import { chatter } from './chatter.ts';

/** What a failing expectation says. */
function complaint(expectation: () => unknown): string {
  try {
    expectation();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('The expectation was met.');
}

describe('what a failing expectation says', () => {
  let bot: TestBot;
  let [hello, pages, refused, silent] = [] as unknown as [Said, Said, Said, Said];
  beforeAll(async () => {
    bot = await startTestBot({ plugins: [chatter()] });
    const ada = bot.user('ada');
    hello = await ada.says('Hello');
    pages = await ada.says('!pages');
    refused = await ada.says('!refuse');
    silent = await ada.says('Beep', { asBot: true });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('of an answer: what was said, what came back, what was expected', () => {
    const heading = 'ada said "Hello".\nThe bot said:\n  "Hello, I say"\n';
    expect(complaint(() => expect(hello).toBeAnsweredWith('Hi!'))).toBe(
      `${heading}Expected it to be answered with "Hi!".`,
    );
    expect(complaint(() => expect(hello).not.toBeAnsweredWith(/I say$/))).toBe(
      `${heading}Expected it not to be answered with /I say$/.`,
    );
    expect(complaint(() => expect(hello).toBeLeftAlone())).toBe(`${heading}Expected it to be left without a reply.`);
    expect(complaint(() => expect(hello).toShowTyping())).toBe(`${heading}Expected it to show that the bot is typing.`);
    expect(complaint(() => expect(pages).toBeAnsweredWith('Page 2'))).toContain(
      '"Page 1" with the file all.txt with an embed "One"',
    );
    expect(complaint(() => expect(silent).toBeAnsweredWith(''))).toBe(
      'ada said "Beep".\nThe bot kept silent.\nExpected it to be answered with "".',
    );
  });

  it('of a refusal: by what it was refused, and in which words', () => {
    expect(complaint(() => expect(hello).toBeRefusedAs('RateLimited'))).toMatch(
      /^ada said "Hello"\.\nThe bot said:\n {2}"Hello, I say"\nExpected it to be refused as RateLimited\.$/,
    );
    expect(complaint(() => expect(refused).toBeRefusedAs('RateLimited'))).toMatch(
      /\nIt refused as WrongArguments\.\nExpected it to be refused as RateLimited\.$/,
    );
    expect(complaint(() => expect(refused).toBeRefusedAs('WrongArguments', 'No.'))).toMatch(
      /\nExpected it to be refused as WrongArguments with the words "No\."\.$/,
    );
  });

  it('of rows: which there are', async () => {
    const rows = (...expected: [string, number, Record<string, unknown>?]) =>
      expect(bot.database)
        .toHaveRows(...expected)
        .then(
          () => 'met',
          (error: Error) => error.message,
        );
    expect(await rows('task_runs', 2)).toBe('The table task_runs is empty.\nExpected 2 rows, and there are 0.');
    const { id } = bot.user('ada');
    const all = (await rows('turns', 1, { discord_id: id })).split('\n');
    expect(all[0]).toBe('The table turns has:');
    expect(all.slice(1, -1).map((line) => JSON.parse(line).discord_id)).toEqual([id, id, id]);
    expect(all.at(-1)).toBe(`Expected 1 row with {"discord_id":"${id}"}, and there are 3.`);
    expect(await rows('turns', 3, { discord_id: id, finished_at: null })).toContain('and there are 0.');
    expect(await rows('turns', 3, { discord_id: BigInt(id) })).toBe('met');
    expect(await rows('turns', 3, { person: id })).toMatch(/^There is no column "person": .*discord_id/);
  });

  it('of something else: what to give it', async () => {
    const saying = bot.user().says('Hello');
    expect(complaint(() => expect(saying).toBeAnsweredWith('Hello, I say'))).toBe(
      'toBeAnsweredWith is about what a person said: await it first.',
    );
    await saying;
    expect(complaint(() => expect('Hello').toBeLeftAlone())).toMatch(/give it what `await user\.says/);
  });
});
