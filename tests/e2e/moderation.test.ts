import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { adminId, startTestBot, type TestBot } from '#testing';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { idsIn, moderator, moderatorIds, warn } from './moderators.ts';
import { query } from './query.ts';

const otherAdminId = '300000000000000010';

describe.skipIf(!inject('postgres'))('moderation', () => {
  let bot: TestBot;
  let mod: SimulatedUser;
  let admin: SimulatedUser;
  beforeAll(async () => {
    const environment = {
      ADMIN_IDS: `${adminId},${otherAdminId}`,
      MODERATOR_IDS: moderatorIds.join(','),
      RATE_LIMIT_MAX: '100',
    };
    bot = await startTestBot({ environment });
    mod = moderator(bot);
    admin = bot.admin().person;
    bot.discord.addUser({ id: otherAdminId, username: 'another-admin' });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const ask = async (user: SimulatedUser, text: string): Promise<string> => (await user.asks(text)).content;
  const log = (personId: string) =>
    query(
      bot.environment,
      `SELECT action, warning_id, reason, actor FROM moderation_log l JOIN users u ON u.id = l.user_id
       WHERE discord_id = $1 ORDER BY l.id`,
      [personId],
    );
  const warningsOf = (personId: string) =>
    query(
      bot.environment,
      `SELECT w.id, reason, issued_by, username, expires_at - w.created_at = interval '30 days' AS for_30_days
       FROM warnings w JOIN users u ON u.id = w.user_id WHERE discord_id = $1 ORDER BY w.created_at`,
      [personId],
    );

  describe('!warn', () => {
    it('warns for 30 days, answers with the count and the id, tells the person and writes it down', async () => {
      const ada = bot.person('ada');
      const content = await ask(mod, `!warn <@${ada.id}> is "rude"`);
      const [id] = idsIn(content);
      expect(content).toBe(
        `I warned ada (warning \`${id}\`): is "rude"\nThey have 1 active warning now.\nI told them.`,
      );
      expect((await ada.hears()).content).toMatch(
        new RegExp(
          `^You were warned: is "rude"\nThe warning \\(\`${id}\`\\) expires <t:\\d+:R>\\. \`!warnings\` shows`,
        ),
      );
      expect(await ask(admin, `!warn ${ada.id}`)).toContain('They have 2 active warnings now.');
      expect((await ada.hears()).content).toMatch(/^You were warned: No reason given\n/);
      const kept = { username: 'ada', for_30_days: true };
      expect(await warningsOf(ada.id)).toEqual([
        { ...kept, id, reason: 'is "rude"', issued_by: mod.id },
        { ...kept, id: expect.any(String), reason: 'No reason given', issued_by: adminId },
      ]);
      expect(await log(ada.id)).toMatchObject([
        { action: 'warn', warning_id: id, reason: 'is "rude"', actor: mod.id },
        { action: 'warn', reason: 'No reason given', actor: adminId },
      ]);
    });

    it.each([
      ['a mention', (id: string) => `<@${id}>`],
      ['an old mention', (id: string) => `<@!${id}>`],
      ['an id', (id: string) => id],
    ])('takes %s', async (_what, written) => {
      const ada = bot.person();
      expect(await ask(mod, `!warn ${written(ada.id)} spam`)).toContain('They have 1 active warning now.');
      expect(await warningsOf(ada.id)).toMatchObject([{ reason: 'spam', username: ada.username }]);
    });

    it('keeps the reason as it was written, lines and quotes and all', async () => {
      const ada = bot.person();
      const reason = `“one”\n\n'two'   "three  $1; DROP TABLE users; --`;
      await ask(mod, `!warn ${ada.id} ${reason}`);
      expect(await warningsOf(ada.id)).toMatchObject([{ reason }]);
    });

    it('pings nobody, whatever the reason says', async () => {
      const ada = bot.person();
      const answer = await mod.asks(`!warn <@${ada.id}> @everyone @here <@${admin.id}> <@&1> look`);
      const told = await ada.hears();
      for (const message of [answer, told, await ada.asks('!warnings'), await mod.asks('!warnings')]) {
        expect(message.content).toContain('@everyone');
        expect(message).toMatchObject({ mentions: [], mention_everyone: false, mention_roles: [] });
      }
    });

    it('tells the moderator that a person takes no messages from the bot; the warning stands', async () => {
      const ada = bot.person();
      ada.blocksBot = true;
      expect(await ask(mod, `!warn <@${ada.id}> spam`)).toMatch(
        /\nI could not tell them: they take no direct messages/,
      );
      expect(await warningsOf(ada.id)).toHaveLength(1);
      expect(bot.log.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('tells the moderator when Discord does not take the message to the person; the warning stands', async () => {
      const ada = bot.person();
      bot.discord.faults.failNext({ status: 403, path: new RegExp(`^/channels/${ada.channelId}/messages`) });
      expect(await ask(mod, `!warn <@${ada.id}> spam`)).toContain('I could not tell them: Discord does not take');
      expect(await warningsOf(ada.id)).toHaveLength(1);
    });

    it('refuses those whom the moderator may not warn', async () => {
      const role = 'You cannot do that to somebody of the same or a higher role.';
      const refusals: [SimulatedUser, string, string][] = [
        [mod, mod.id, 'You cannot do that to yourself.'],
        [admin, adminId, 'You cannot do that to yourself.'],
        [mod, bot.discord.bot.id, 'You cannot do that to me.'],
        [admin, bot.discord.bot.id, 'You cannot do that to me.'],
        [mod, adminId, role],
        [mod, moderator(bot, 1).id, role],
        [admin, otherAdminId, role],
      ];
      for (const [actor, personId, refusal] of refusals) {
        for (const written of [`<@${personId}>`, `<@!${personId}>`, personId])
          expect(await ask(actor, `!warn ${written} spam`)).toBe(refusal);
      }
      for (const personId of [mod.id, adminId, otherAdminId, moderatorIds[1], bot.discord.bot.id])
        expect(await warningsOf(personId)).toEqual([]);
    });

    it('lets an admin warn a moderator', async () => {
      expect(await ask(admin, `!warn <@${moderatorIds[1]}> spam`)).toContain('They have 1 active warning now.');
    });

    it.each(['99999999999999999', '<@100000000000000077>', '99999999999999999999'])(
      'says that Discord knows nobody of the id %s',
      async (written) => {
        const id = written.replace(/\D/g, '');
        expect(await ask(mod, `!warn ${written} spam`)).toBe(`Discord knows nobody with the id \`${id}\`.`);
        expect(await log(id)).toEqual([]);
      },
    );

    it('says so when Discord cannot be asked who that is', async () => {
      bot.discord.faults.failNext({ status: 401, path: /^\/users\/\d+$/ });
      expect(await ask(mod, '!warn 100000000000000077 spam')).toBe(
        'I could not ask Discord who that is. Please try again in a moment.',
      );
    });

    it.each([
      '',
      ' garbage',
      ' @ada spam',
      ' <@> spam',
      ' <@abc>',
      ' 123',
      ' <#100000000000000077> spam',
      ' -1',
      ' ""',
    ])('shows its form when nobody is named: !warn%s', async (rest) => {
      expect(await ask(mod, `!warn${rest}`)).toMatch(/Write it like this: `!warn <@user> \[reason\]`$/);
    });

    it('takes 500 characters as a reason and refuses more with a word', async () => {
      const ada = bot.person();
      expect(await ask(mod, `!warn ${ada.id} ${'🥊'.repeat(500)}`)).toContain('They have 1 active warning now.');
      expect(await ask(mod, `!warn ${ada.id} ${'x'.repeat(3_970)}`)).toBe(
        'A reason may have 500 characters; yours has 3970. Please shorten it.',
      );
      expect(await ask(mod, `!warn ${ada.id}${' x'.repeat(10_000)}`)).toMatch(/^A reason may have 500 characters/);
      expect(await ask(mod, `!unwarn${' x'.repeat(10_000)}`)).toBe('I do not know a warning `x`.');
      expect(await ask(mod, `!warnings ${ada.id}${' x'.repeat(10_000)}`)).toContain('Write it like this: `!warnings');
      expect(await warningsOf(ada.id)).toHaveLength(1);
    });

    it('has written the warning before it tells the person, whom it may tell late: nobody waits for that', async () => {
      const ada = bot.person();
      const messages = `/channels/${ada.channelId}/messages`;
      // Discord gets four requests at once, after one, three and seven seconds.
      bot.discord.faults.failNext({ status: 502, times: 14, path: new RegExp(`^${messages}`) });
      const attempted = new Promise((resolve) => {
        bot.discord.on('request', ({ path }) => path === messages && resolve(path));
      });
      const told = ada.hears(undefined, 20_000);
      const answered = ask(mod, `!warn <@${ada.id}> spam`);
      await attempted;
      expect(await warningsOf(ada.id)).toHaveLength(1);
      expect(await answered).toMatch(/\nI could not tell them yet: Discord is slow\./);
      expect(ada.heard).toEqual([]);
      expect((await told).content).toMatch(/^You were warned: spam/);
    });

    it('counts two at the same time exactly', async () => {
      const ada = bot.person();
      const counts = await Promise.all([mod, moderator(bot, 1)].map((actor) => ask(actor, `!warn ${ada.id} spam`)));
      expect(counts.map((content) => /have (\d) active/.exec(content)?.[1]).sort()).toEqual(['1', '2']);
    });
  });

  describe('!unwarn', () => {
    it('revokes a warning, says how many are left and writes it down', async () => {
      const ada = bot.person('revoked-ada');
      const [one, two] = [await warn(mod, ada, 'one'), await warn(admin, ada, 'two')];
      expect(await ask(mod, `!unwarn ${one}`)).toBe(
        `I revoked the warning \`${one}\`. revoked-ada has 1 active warning now.`,
      );
      expect(await ask(moderator(bot, 1), `!unwarn \`${two.toUpperCase()}\``)).toBe(
        `I revoked the warning \`${two}\`. revoked-ada has no active warnings now.`,
      );
      expect(await ask(ada, '!warnings')).toBe('You have no active warnings.');
      expect((await log(ada.id)).slice(2)).toEqual([
        { action: 'unwarn', warning_id: one, reason: 'one', actor: mod.id },
        { action: 'unwarn', warning_id: two, reason: 'two', actor: moderatorIds[1] },
      ]);
    });

    it('says when there is nothing to revoke', async () => {
      const ada = bot.person();
      const id = await warn(mod, ada, 'spam');
      await ask(mod, `!unwarn ${id}`);
      expect(await ask(mod, `!unwarn ${id}`)).toBe(`The warning \`${id}\` had been revoked already.`);
      const old = await warn(mod, ada, 'old');
      await query(bot.environment, 'UPDATE warnings SET expires_at = now() WHERE id = $1', [old]);
      const refusal = `The warning \`${old}\` had expired already.`;
      expect(await ask(mod, `!unwarn ${old}`)).toBe(refusal);
      await query(bot.environment, 'SELECT cleanup_expired_warnings()');
      expect(await ask(mod, `!unwarn ${old}`)).toBe(refusal);
      expect(await ask(mod, `!unwarn ${id}`)).toBe(`The warning \`${id}\` had been revoked already.`);
      for (const written of ['nothing', '__proto__', `<@${ada.id}>`, "';--", '@everyone'])
        expect(await ask(mod, `!unwarn ${written}`)).toBe(`I do not know a warning \`${written}\`.`);
      expect(await ask(mod, '!unwarn')).toBe('Which warning? Write it like this: `!unwarn <id>`');
    });

    it('refuses warnings of oneself and of people of the same or a higher role', async () => {
      const id = await warn(admin, mod, 'spam');
      expect(await ask(mod, `!unwarn ${id}`)).toBe('You cannot do that to yourself.');
      expect(await ask(moderator(bot, 1), `!unwarn ${id}`)).toMatch(/same or a higher role/);
      expect(await ask(admin, `!unwarn ${id}`)).toContain('has no active warnings now');
    });
  });

  describe('!warnings', () => {
    it('shows people their own active warnings, and not who gave them', async () => {
      const ada = bot.person();
      expect(await ask(ada, '!warnings')).toBe('You have no active warnings.');
      const id = await warn(mod, ada, 'is rude');
      await ada.hears();
      expect(await ask(ada, '!warnings')).toMatch(
        new RegExp(`^You have 1 active warning\\.\n- \`${id}\` <t:\\d+:R>, expires <t:\\d+:R>: is rude$`),
      );
      expect(await ask(ada, `!warnings <@${ada.id}>`)).toMatch(/^You have 1 active warning\./);
    });

    it('shows people nobody else’s, nor their past ones', async () => {
      const [ada, grace] = [bot.person(), bot.person()];
      await warn(mod, grace, 'secret');
      for (const rest of [` <@${grace.id}>`, ` <@${grace.id}> all`, ` ${ada.id} all`, ` ${adminId}`])
        expect(await ask(ada, `!warnings${rest}`)).toBe('You can see your own active warnings only.');
    });

    it.each(['moderator', 'admin'])('shows a %s everyone’s, or one person’s', async (role) => {
      const actor = role === 'admin' ? admin : mod;
      const ada = bot.person(`ada-of-${role}`);
      const id = await warn(actor, ada, 'is rude');
      const line = (name: string) => `- \`${id}\`${name} by <@${actor.id}> <t:`;
      expect(await ask(actor, '!warnings')).toMatch(/^There are \d+ active warnings\.\n/);
      expect(await ask(actor, '!warnings')).toContain(line(` ada-of-${role}`));
      for (const written of [`<@${ada.id}>`, `<@!${ada.id}>`, ada.id])
        expect(await ask(actor, `!warnings ${written}`)).toContain(`<@${ada.id}> has 1 active warning.\n${line('')}`);
    });

    it('shows a moderator the whole history, before and after the cleanup: who acted, and when', async () => {
      const ada = bot.person();
      const [active, revoked, expired] = [
        await warn(mod, ada, 'active'),
        await warn(mod, ada, 'revoked'),
        await warn(mod, ada, 'expired'),
      ];
      await ask(admin, `!unwarn ${revoked}`);
      const age =
        "UPDATE warnings SET created_at = now() - interval '31 days', expires_at = now() - interval '1 day' WHERE id = $1";
      await query(bot.environment, age, [expired]);
      expect(idsIn(await ask(mod, `!warnings <@${ada.id}>`))).toEqual([active]);
      const before = await ask(mod, `!warnings <@${ada.id}> all`);
      const line = (id: string, what: string) => `- \`${id}\` by <@${mod.id}> <t:\\d+:R>, ${what} <t:\\d+:R>: `;
      expect(before).toMatch(new RegExp(`^<@${ada.id}> has 3 warnings on record\\.\n`));
      expect(before).toMatch(new RegExp(`${line(active, 'expires')}active`));
      expect(before).toMatch(new RegExp(`${line(revoked, `revoked by <@${adminId}>`)}revoked`));
      expect(before).toMatch(new RegExp(`${line(expired, 'expired')}expired`));
      await query(bot.environment, 'SELECT cleanup_expired_warnings()');
      const after = await ask(mod, `!warnings <@${ada.id}> ALL`);
      const lines = (content: string) =>
        content.split('\n').map((text) => text.replace(/<t:(\d+):R>/g, (_all, at) => `${Math.round(at / 60)}`));
      // The log has the time at which it was warned at first.
      expect(lines(after).length).toBe(4);
      for (const text of [active, revoked])
        expect(lines(after).find((l) => l.includes(text))).toBe(lines(before).find((l) => l.includes(text)));
      expect(after).toMatch(new RegExp(`${line(expired, 'expired')}expired`));
    });

    it('knows nothing of somebody who was never warned', async () => {
      expect(await ask(mod, '!warnings 100000000000000077')).toBe('<@100000000000000077> has no active warnings.');
      expect(await ask(mod, '!warnings 100000000000000077 all')).toBe(
        '<@100000000000000077> has no warnings on record.',
      );
    });

    it.each([' garbage', ' all', ' 100000000000000077 none', ' 100000000000000077 all of them'])(
      'shows its form for anything else: !warnings%s',
      async (rest) => {
        for (const actor of [bot.person(), mod])
          expect(await ask(actor, `!warnings${rest}`)).toMatch(/Write it like this: `!warnings \[<@user> \[all\]\]`$/);
      },
    );

    it('comes in pages above ten, the state of which is in the buttons', async () => {
      const ada = bot.person();
      for (let n = 1; n <= 10; n += 1) await warn(mod, ada, `${n}`);
      expect(await mod.asks(`!warnings <@${ada.id}>`)).toMatchObject({ components: [] });
      await warn(mod, ada, '11');
      const { content, components } = await mod.asks(`!warnings <@${ada.id}>`);
      expect(idsIn(content)).toHaveLength(10);
      expect(content).toMatch(/: 11\n- [\s\S]*\nPage 1 of 2$/);
      expect(components).toMatchObject([
        {
          components: [
            { label: '◀ Newer', disabled: true },
            { label: 'Older ▶', disabled: false, custom_id: `warnings:${mod.id}:${ada.id}:active:1` },
          ],
        },
      ]);
    });
  });
});
