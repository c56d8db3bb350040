import { once } from 'node:events';
import { container } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { chatter } from './chatter.ts';

describe('what a person says to a test bot', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ plugins: [chatter()] });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('comes back with the answer as it stands in the end, and nothing is left to hear', async () => {
    const said = await bot.user('ada').says('Hello');
    expect(said).toBeAnsweredWith('Hello, I say');
    expect(said.replies).toEqual(['Hello, I say']);
    expect(said.message?.content).toBe('Hello');
    expect(bot.user('ada').person.heard).toHaveLength(1);
  });

  it('comes back with files, embeds and buttons, which the person may press', async () => {
    const said = await bot.user().says('!pages');
    expect(said).toBeAnsweredWith('Page 1');
    expect(said.embeds).toMatchObject([{ title: 'One' }]);
    expect(said.files).toMatchObject([{ name: 'all.txt', size: 9 }]);
    expect(await said.files[0]?.text()).toBe('all of it');
    expect(said.buttons).toEqual(['Older', 'Whisper']);
    const older = await said.presses('Older');
    expect(older).toBeAnsweredWith('Page 2');
    expect(older.buttons).toEqual(['Whisper']);
    expect(await older.presses('Whisper')).toBeAnsweredWith('Psst.');
    await expect(older.presses('Older')).rejects.toThrow('is disabled');
  });

  it('comes back with what the bot says to it in other ways than by a reply', async () => {
    const said = await bot.user().says('!shout');
    expect(said.replies).toEqual(['Hear', 'hear!']);
    expect(said).toBeAnsweredWith('Hear\nhear!');
  });

  it('is told apart from what others, and the same person, say at the same time', async () => {
    const [ada, grace] = [bot.user(), bot.user()];
    const said = await Promise.all([ada.says('one'), grace.says('!shout'), ada.says('!pages'), ada.says('two')]);
    expect(said.map(({ replies }) => replies)).toEqual([['one, I say'], ['Hear', 'hear!'], ['Page 1'], ['two, I say']]);
  });

  it('is told apart also in parts, and in replies of any kind', async () => {
    const ada = bot.user();
    const said = await Promise.all(['one', 'two'].map((word) => ada.says(`!atlength ${word}`)));
    for (const [index, word] of ['one', 'two'].entries()) {
      expect(said[index]?.replies.length).toBeGreaterThan(2);
      expect(new Set(said[index]?.reply.split('\n'))).toEqual(new Set([word]));
      expect(said[index]?.reply.match(/\w+/g)).toHaveLength(701);
    }
  });

  it('is a refusal with its identifier, whoever refuses', async () => {
    expect(await bot.user().says('!refuse')).toBeRefusedAs('WrongArguments', /^I do not want to\./);
    expect(await bot.user().says('no')).toBeRefusedAs('Unwilling');
    expect(await bot.user().says('yes')).not.toBeRefusedAs('Unwilling');
  });

  it('may be answered later, which the person hears', async () => {
    const ada = bot.user();
    const said = await ada.says('later');
    expect(said).toBeAnsweredWith(/takes longer|still/i);
    const turn = { turnId: said.message?.id ?? '', channelId: ada.person.channelId, userId: ada.id };
    await container.conversation.answerLater(turn, { text: 'Here I am' });
    expect(await ada.hears()).toBeAnsweredWith(/Here I am/);
  });

  it('is left alone when it is not for the bot', async () => {
    expect(await bot.user().says('Hello', { asBot: true })).toBeLeftAlone();
    expect(await bot.user().saysInGuild('Hello', { mention: false })).toBeLeftAlone();
    expect(await bot.user().saysInGuild('Hello')).toBeAnsweredWith(/direct message/);
  });

  it('may be changed and taken back, of which the bot makes nothing', async () => {
    const ada = bot.user();
    const said = await ada.says('Hello');
    ada.edits(said, 'Goodbye');
    ada.deletes(said);
    expect(await ada.says('And now?')).toBeAnsweredWith('And now?, I say');
    expect(ada.person.heard).toHaveLength(2);
  });

  it('finds the bot after a restart, and also what was said while it was away', async () => {
    const ada = bot.user();
    await ada.says('before');
    await bot.stop();
    const meanwhile = ada.says('meanwhile');
    await bot.start();
    expect(await meanwhile).toBeAnsweredWith('meanwhile, I say');
  });
});

describe('a test bot', () => {
  it('runs its tasks when a test wants that, and tells how they fail', async () => {
    await using bot = await startTestBot({ plugins: [chatter()] });
    await expect(bot.runTask('broken')).rejects.toThrow('The task is broken.');
    await expect(bot.runTask('brokn')).rejects.toThrow('The bot has no task "brokn"; it has ');
    await bot.runTask('removeOldTurns');
  });

  it('has admins and moderators', async () => {
    await using bot = await startTestBot();
    expect(await bot.user().says('!stats')).toBeAnsweredWith(/^I do not know/);
    expect(await bot.moderator().says('!warn')).not.toBeAnsweredWith(/^I do not know/);
    expect((await bot.admin().says('!stats')).reply).not.toMatch(/^I do not know/);
  });

  it('shows that it types while the workflow thinks', async () => {
    await using bot = await startTestBot();
    const typing = once(bot.discord, 'typing');
    bot.workflow.answer = async () => {
      await typing;
      return { body: { output: 'At last' } };
    };
    const said = await bot.user().says('Think about it');
    expect(said).toShowTyping();
    expect(said).toBeAnsweredWith('At last');
  });

  it('leaves nobody waiting when it goes', async () => {
    const bot = await startTestBot({ plugins: [] });
    await bot.stop();
    const before = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const saying = bot.user().says('Is anybody there?');
    await bot[Symbol.asyncDispose]();
    const after = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    expect(after).toBeLessThanOrEqual(before);
    expect(await Promise.race([saying, 'nothing'])).toBe('nothing');
  });

  it('is the only one of its process', async () => {
    await using _ = await startTestBot({ plugins: [] });
    await expect(startTestBot({ plugins: [] })).rejects.toThrow('A test bot still runs');
  });

  // It may make the test run's first embedded database.
  const patience = { timeout: 90_000 };
  it.each(['postgres', 'embedded'] as const)('goes on while its database (%s) is away', patience, async (database) => {
    await using bot = await startTestBot({ database });
    const ada = bot.user();
    await ada.says('one');
    await bot.database.goDown();
    expect(await ada.says('two')).toBeAnsweredWith('You said: two');
    expect(container.database.state).toBe('degraded');
    await bot.database.comeBack();
    await expect(bot.database).toHaveRows('conversations', 1, { user_message: 'two' });
    await expect(bot.database).toHaveRows('turns', 2);
  });
});
