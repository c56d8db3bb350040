import { once } from 'node:events';
import { type Args, Command, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { answer, definePlugin } from '#core';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { thinking } from './answering.ts';

/** Who may use a command is in the contract; those that are not named here are everybody's. */
const notForAll = ['warn', 'unwarn', 'flushdb', 'plugins', 'stats'];
const commands = [config, ...config.plugins].flatMap((owner) => Object.keys(owner.commands ?? {})).sort();

describe.skipIf(!inject('postgres'))('a command', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '50' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const ask = async (text: string): Promise<string> => (await bot.user().says(text)).reply;

  describe('!help', () => {
    it('lists exactly what the asker may use', async () => {
      const listed = [...(await ask('!help')).matchAll(/^- `!(\w+)[^`]*` – \S/gm)].map(([, name]) => name);
      expect(listed).toEqual(commands.filter((name) => !notForAll.includes(name)));
      expect(listed).toEqual(expect.arrayContaining(['flushmemory', 'help', 'limits']));
    });

    it('explains one command, with or without its prefix', async () => {
      const explained = '`!limits` – Shows how many messages you have left.';
      for (const written of ['!help limits', '!help !limits', '!help LIMITS', '!HELP   limits  please'])
        expect(await ask(written)).toBe(explained);
      expect(await ask('!help help')).toMatch(/^`!help \[command\]` – /);
    });

    it('does not know nonsense', async () => {
      expect(await ask('!help nonsense')).toMatch(/^I do not know `!nonsense`\. Did you mean `!\w+`\?$/);
    });
  });

  it('may end its name with a line break', async () => {
    expect(await bot.user().says('!help\nlimits')).toBeAnsweredWith(/^`!limits`/);
  });

  it('may be written in any case and with spaces around it', async () => {
    for (const written of ['!limits', '!LIMITS', '!Limits', '!  limits', '!limits  ', '!limits and more words'])
      expect(await ask(written)).toMatch(/^You have 49 of 50 messages left\./);
  });

  it('does not wait behind a slow chat', async () => {
    const ada = bot.user();
    using workflow = thinking(bot.workflow);
    const called = once(bot.workflow, 'call');
    const chat = ada.says('Something to think about');
    await called;
    expect(await ada.says('!limits')).toBeAnsweredWith(/^You have 48 of 50/);
    workflow.release();
    expect(await chat).toBeAnsweredWith('You said: Something to think about');
  });

  describe('that is none', () => {
    it.each([
      ['!limit', '!limits'],
      ['!hepl', '!help'],
      ['!flush memory', '!flushmemory'],
      ['!LIM', '!limits'],
    ])('is answered with the nearest one: %s', async (written, nearest) => {
      const word = written.split(' ')[0];
      expect(await ask(written)).toBe(`I do not know \`${word}\`. Did you mean \`${nearest}\`?`);
    });

    it.each(['!', '!!!', '!?', '!!help', '! !', '!"', '!toString', '!__proto__', '!CoreMessageCreate'])(
      'is answered with some one: %s',
      async (written) => {
        const [, nearest] = /^I do not know `[^`]+`\. Did you mean `!(\w+)`\?$/.exec(await ask(written)) ?? [];
        expect(commands).toContain(nearest);
      },
    );

    it.each(['!he\u200blp', '!\u200bhelp', '!help\u2060', '!ｈｅｌｐ', '!нelp', '!`help`'])(
      'but nearly looks like one is answered with that: %s',
      async (written) => {
        expect(await ask(written)).toMatch(/^I do not know `[^`]+`\. Did you mean `!\w+`\?$/);
      },
    );

    it.each(['/limits', '/limits now', '/LIMITS'])(
      'but reserved for automation names the command: %s',
      async (written) => {
        const word = written.split(' ')[0];
        expect(await ask(written)).toBe(`\`${word}\` is reserved for automation. Write \`!limits\` instead.`);
      },
    );

    it.each(['/', '/anything', '/usr/bin/env', '//'])(
      'but reserved for automation names some command: %s',
      async (written) => {
        const [, nearest] =
          /^`\/[^`]*` is reserved for automation\. Write `!(\w+)` instead\.$/.exec(await ask(written)) ?? [];
        expect(commands).toContain(nearest);
      },
    );

    it('never reaches the workflow', async () => {
      const ada = bot.user();
      for (const written of ['!nonsense', '!', '!!!', '/nonsense', '/limits', '!help nonsense', 'A chat'])
        await ada.says(written);
      const calls = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
      expect(calls.map(({ body }) => body.message)).toEqual(['A chat']);
    });

    it.each([
      '！help',
      '¡help',
      'ǃhelp',
      'help!',
      '? !help',
      '\u200b!help',
      '\u2060!help',
      '\ufeff!help',
      '❗help',
      '﹗help',
      '`!help`',
      '```\n!help\n```',
      '> !help',
      '||!help||',
      '\\!help',
      '／limits',
      '<@1000000000000000001> !help',
    ])('but only looks like one is a chat: %s', async (written) => {
      expect(await ask(written)).toBe(`You said: ${written}`);
    });
  });
});

/** What plugins' commands do with their arguments, in one command. */
class DivideCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Divides.', detailedDescription: '<number> <by> [reason]' });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const [number, by] = [await args.pick('integer'), await args.pick('integer', { maximum: 90 })];
    if (by === 0) throw new UserError({ identifier: 'WrongArguments', message: 'Nothing can be divided by 0.' });
    await answer(message, `${number / by}`);
  }
}

describe.skipIf(!inject('postgres'))('the arguments of a command', () => {
  const form = 'Write it like this: `!divide <number> <by> [reason]`';
  let bot: TestBot;
  beforeAll(async () => {
    const arithmetic = definePlugin({ name: 'arithmetic', commands: { divide: DivideCommand } });
    bot = await startTestBot({
      config: { ...config, plugins: [...config.plugins, arithmetic] },
      environment: { RATE_LIMIT_MAX: '500' },
    });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const ask = async (text: string): Promise<string> => (await bot.user().says(text)).reply;

  it.each(['', ' 6', ' six 3', ' 6 91', ' 6.5 3', ' 6 NaN', ' 6 1e9', ' 6 <@300000000000000009>', ' 6 @everyone'])(
    'are answered in one line with the right form when they are wrong:%s',
    async (written) => {
      expect(await ask(`!divide${written}`)).toBe(`I need it in another form. ${form}`);
    },
  );

  it('are answered with what the command says is wrong with them', async () => {
    expect(await ask('!divide 6 0')).toBe(`Nothing can be divided by 0. ${form}`);
    expect(await ask('!divide 6 3 because')).toBe('2');
    expect(await ask('!help divide')).toBe('`!divide <number> <by> [reason]` – Divides.');
  });

  it.each([
    ['words', 'a '],
    ['quotes', '"a" '],
    ['opened quotes', '“'],
    ['flags', '--a '],
    ['options', '--a=b '],
    ['line breaks', '\n'],
    ['code blocks', '```'],
    ['mentions', '<@1000000000000000001> '],
  ])('may be ten thousand %s', async (_what, argument) => {
    const many = argument.repeat(10_000);
    expect(await ask(`!limits ${many}`)).toMatch(/^You have \d+ of 500 messages left/);
    expect(await ask(`!divide ${many}`)).toBe(`I need it in another form. ${form}`);
    expect(await ask(`!divide 6 3 ${many}`)).toBe('2');
    expect(await ask(`!forgetme ${many}`)).toContain('`!forgetme confirm`');
    expect((await ask(`!help ${many}`)).length).toBeLessThan(2_000);
    expect((await ask(`!${many}`)).length).toBeLessThan(200);
  });
});

describe.skipIf(!inject('postgres'))('another COMMAND_PREFIX', () => {
  it('is the one that commands begin with, and that answers name', async () => {
    await using bot = await startTestBot({ environment: { COMMAND_PREFIX: '$' } });
    const ada = bot.user('ada');
    expect(await ada.says('$help')).toBeAnsweredWith(/- `\$limits` – /);
    expect(await ada.says('$help $limits')).toBeAnsweredWith(/^`\$limits` – /);
    expect(await ada.says('$limit')).toBeAnsweredWith('I do not know `$limit`. Did you mean `$limits`?');
    expect(await ada.says('/limits')).toBeAnsweredWith(/Write `\$limits` instead/);
    expect(await ada.says('!help')).toBeAnsweredWith('You said: !help');
  });
});
