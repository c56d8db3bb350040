import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { untilDatabaseIs } from './http.ts';
import { moderator, moderatorIds } from './moderators.ts';

type Role = 'user' | 'moderator' | 'admin';
const roles: readonly Role[] = ['user', 'moderator', 'admin'];

/** How each command is tried, what its answer begins with, and who may use it. */
const commands: Readonly<Record<string, { arguments?: string; answer: RegExp; from: Role }>> = {
  help: { answer: /^Write to me about anything/, from: 'user' },
  limits: { answer: /^You have \d+ of 1000 messages left/, from: 'user' },
  warnings: { answer: /warning/, from: 'user' },
  mydata: { answer: /^(This is everything|The database does not answer)/, from: 'user' },
  flushmemory: { answer: /^I forgot our conversation/, from: 'user' },
  forgetme: { answer: /^This erases everything/, from: 'user' },
  warn: { arguments: '<@SOMEBODY> for a test', answer: /^I warned somebody \(warning `/, from: 'moderator' },
  unwarn: { arguments: '22222222', answer: /^I do not know a warning `22222222`/, from: 'moderator' },
  plugins: { answer: /^I am made of these plugins:\n- `memory` – running/, from: 'admin' },
  flushdb: { answer: /^This deletes all conversations/, from: 'admin' },
  stats: { answer: /The last 7 days|I know of no messages in the last 7 days/, from: 'admin' },
};

describe.skipIf(!inject('postgres'))('every command', () => {
  let server: PostgresServer;
  let bot: TestBot;
  let somebody: SimulatedUser;
  beforeAll(async () => {
    server = await PostgresServer.start();
    const environment = { ...server.environment(await server.createDatabase()), RATE_LIMIT_MAX: '1000' };
    bot = await startTestBot({ environment: { ...environment, MODERATOR_IDS: moderatorIds.join(',') } });
    somebody = bot.person('somebody');
  });
  afterAll(async () => {
    await bot?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const people: Record<Role, () => SimulatedUser> = {
    user: () => bot.person(),
    moderator: () => moderator(bot),
    admin: () => bot.admin().person,
  };
  const cases = Object.entries(commands).flatMap(([name, command]) =>
    roles.map((role) => ({ name, role, ...command })),
  );
  const written = ({ name, arguments: rest }: { name: string; arguments?: string }): string =>
    [`!${name}`, rest?.replace('SOMEBODY', somebody.id)].filter(Boolean).join(' ');

  async function expectAnswers(): Promise<void> {
    for (const { name, role, answer, from, arguments: rest } of cases) {
      const { content, embeds } = await people[role]().asks(written({ name, ...(rest && { arguments: rest }) }));
      const text = content || embeds.map(({ title }) => title).join('\n');
      const expected =
        roles.indexOf(role) >= roles.indexOf(from) ? answer : /^I do not know `!\w+`\. Did you mean `!\w+`\?$/;
      expect(text, `!${name} of ${role}`).toMatch(expected);
    }
  }

  it('is tried here', () => {
    const all = [config, ...config.plugins].flatMap((owner) => Object.keys(owner.commands ?? {}));
    expect(Object.keys(commands).toSorted()).toEqual(all.toSorted());
  });

  it('answers those who may use it in a direct message, and is an unknown word to the others', expectAnswers);

  it('answers in a guild with a hint, whoever asks', async () => {
    for (const { name, role, arguments: rest } of cases) {
      const person = people[role]();
      person.saysInGuild(written({ name, ...(rest && { arguments: rest }) }));
      expect((await person.hearsInGuild()).content, `!${name} of ${role}`).toMatch(/^Write to me in a direct message/);
    }
  });

  it('does the same while the database is away', async () => {
    await server.stop();
    await bot.person().asks('Are you there?');
    await untilDatabaseIs(bot, 'degraded');
    await expectAnswers();
  });
});
