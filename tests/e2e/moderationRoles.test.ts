import { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { answer } from '../../src/core/conversation/answer.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { moderator, moderatorIds } from './moderators.ts';
import { query } from './query.ts';

/** A command for admins, and nothing that is brought in late. */
class LaunchCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Launches.', preconditions: ['AdminOnly'], destructive: true });
  }

  override async messageRun(message: Message): Promise<void> {
    await answer(message, 'Launched.');
  }
}

function start(max: number): Promise<TestBot> {
  return startTestBot({
    config: { ...config, commands: { ...config.commands, launch: LaunchCommand } },
    environment: { MODERATOR_IDS: moderatorIds.join(','), RATE_LIMIT_MAX: String(max) },
  });
}

const ask = async (user: SimulatedUser, text: string): Promise<string> => (await user.asks(text)).content;
const listed = (help: string) => [...help.matchAll(/^- `!(\w+)/gm)].map(([, name]) => name);

describe.skipIf(!inject('postgres'))('a command above one’s role', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await start(100);
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const statistics = (user: SimulatedUser) =>
    query(
      bot.environment,
      `SELECT (SELECT count(*)::int FROM command_usage c WHERE c.user_id = u.id) AS commands,
              (SELECT count(*)::int FROM message_stats m WHERE m.user_id = u.id) AS messages
       FROM users u WHERE discord_id = $1`,
      [user.id],
    );

  it('is a word that nobody knows, to a person', async () => {
    const ada = bot.person();
    const grace = bot.person();
    for (const written of ['!warn', '!WARN', `!warn <@${grace.id}> spam`, '!warn garbage'])
      expect(await ask(ada, written)).toBe(`I do not know \`${written.split(' ')[0]}\`. Did you mean \`!warnings\`?`);
    for (const written of ['!unwarn', '!launch', '!launch confirm'])
      expect(await ask(ada, written)).toMatch(/^I do not know `!(unwarn|launch)`\. Did you mean `!\w+`\?$/);
    expect(await statistics(ada)).toEqual([{ commands: 0, messages: 0 }]);
    expect(grace.heard).toEqual([]);
  });

  it('is one to a moderator too when it is an admin’s', async () => {
    expect(await ask(moderator(bot), '!launch')).toMatch(/^I do not know `!launch`\. Did you mean `!\w+`\?$/);
    expect(await ask(moderator(bot), '!warn')).toContain('Write it like this: `!warn');
    expect(await ask(bot.admin().person, '!launch')).toBe('Launched.');
    expect(await ask(bot.admin().person, '!warn')).toContain('Write it like this: `!warn');
  });

  it('is not in one’s help, nor meant by a hint', async () => {
    const [person, mod, admin] = [bot.person(), moderator(bot), bot.admin().person];
    const helps = await Promise.all([person, mod, admin].map((user) => ask(user, '!help')));
    const [forAll = [], forModerators = [], forAdmins = []] = helps.map(listed);
    expect(forAll).toContain('warnings');
    for (const name of ['warn', 'unwarn', 'launch']) expect(forAll).not.toContain(name);
    expect(forModerators).toEqual(expect.arrayContaining([...forAll, 'warn', 'unwarn']));
    expect(forModerators).not.toContain('launch');
    expect(forAdmins).toEqual(expect.arrayContaining([...forModerators, 'launch']));
    expect(await ask(person, '!help warn')).toBe('I do not know `!warn`. Did you mean `!warnings`?');
    expect(await ask(mod, '!help launch')).toMatch(/^I do not know `!launch`/);
    expect(await ask(person, '!unwar')).not.toContain('`!unwarn`');
    expect(await ask(mod, '!unwar')).toContain('Did you mean `!unwarn`?');
    expect(await ask(person, '/unwarn')).not.toContain('`!unwarn`');
  });

  it('is in a guild what everything is there', async () => {
    for (const user of [bot.person(), moderator(bot), bot.admin().person]) {
      user.saysInGuild(`!warn <@${moderatorIds[1]}> spam`);
      expect((await user.hearsInGuild()).content).toContain('Write to me in a direct message');
    }
  });

  it('stays unknown when it is read late, while those who may use it hear that it is too late', async () => {
    const ada = bot.person();
    const admin = bot.admin().person;
    for (const user of [ada, admin]) await ask(user, '!help');
    await bot.stop();
    for (const user of [ada, admin]) user.says('!launch');
    await bot.start();
    expect((await ada.hears()).content).toMatch(/^I do not know `!launch`/);
    expect((await admin.hears()).content).toMatch(/^I was away when you wrote `!launch`/);
  });
});

describe.skipIf(!inject('postgres'))('the rate limit', () => {
  const refusal = /^You have written a lot in a short time/;

  it('counts a command above one’s role once, as it counts an unknown word', async () => {
    await using bot = await start(4);
    for (const word of ['!warn', '!unknown']) {
      const ada = bot.person();
      for (let n = 0; n < 4; n += 1) expect(await ask(ada, word)).toMatch(/^I do not know/);
      expect(await ask(ada, word)).toMatch(refusal);
    }
  });

  it('counts none of a moderator’s commands, but what only looks like one', async () => {
    await using bot = await start(4);
    const mod = moderator(bot);
    for (let n = 0; n < 6; n += 1) expect(await ask(mod, '!warnings')).toMatch(/^There are no active/);
    for (const word of ['!launch', '!unknown', '!launch', '!unknown'])
      expect(await ask(mod, word)).toMatch(/^I do not know/);
    for (const word of ['!launch', '!unknown', 'a chat']) expect(await ask(mod, word)).toMatch(refusal);
    expect(await ask(mod, '!warnings')).toMatch(/^There are no active/);
    const admin = bot.admin().person;
    for (let n = 0; n < 6; n += 1) expect(await ask(admin, '!launch')).toBe('Launched.');
  });
});
