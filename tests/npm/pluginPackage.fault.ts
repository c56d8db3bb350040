import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as kernel from '#core';
import { startTestBot } from '#testing';
import config from '../../sapphire.config.ts';
import { readConfiguration } from '../../src/core/createBot.ts';
import type { Plugin } from '../../src/core/definePlugin.ts';
import { answering } from '../core/control/toy.ts';
import { get } from '../e2e/http.ts';
import { installAndImport, projectFolder } from './pluginPackage.ts';

type MakePlugin = (core: typeof kernel) => Plugin;

const manifest = (more: object) =>
  JSON.stringify({ version: '1.0.0', peerDependencies: { '@sapphire/framework': '^5.5.1' }, ...more });

const greeter = {
  name: 'steward-greeter',
  files: {
    'package.json': manifest({ name: 'steward-greeter', type: 'module', exports: './index.js' }),
    'index.js': `
      import { Command } from '@sapphire/framework';

      /** What the kernel exports is given, because a package cannot import it. */
      export default ({ AdmissionPrecondition, answer, definePlugin }) => {
        class GreetCommand extends Command {
          messageRun(message) {
            return answer(message, this.container.greeting);
          }
        }
        class NobodyShouts extends AdmissionPrecondition {
          constructor(context) {
            super(context, { position: 5 });
          }
          async admit() {
            return this.ok();
          }
        }
        return definePlugin({
          name: 'greeter',
          services: { greeting: ({ container }) => 'Hello, it is ' + new Date(container.clock.now()).getUTCFullYear() + '.' },
          commands: { greet: GreetCommand },
          preconditions: { NobodyShouts },
          routes: (app) => void app.get('/greeting', () => 'hello'),
        });
      };
    `,
  },
};

const refusing = (name: string, files: Readonly<Record<string, string>>) => ({ name, files });
const command = 'class GreetCommand extends Command {}';

describe('a plugin that is a package', () => {
  let folder: Awaited<ReturnType<typeof projectFolder>>;
  beforeAll(async () => {
    folder = await projectFolder();
  });
  afterAll(() => folder?.[Symbol.asyncDispose]());

  it('works like our own: it is installed, listed, runs, and is switched off and on', async () => {
    const { default: make } = await installAndImport(folder.path, greeter);
    await using bot = await startTestBot({ plugins: [(make as MakePlugin)(kernel), answering] });
    const year = new Date().getUTCFullYear();
    expect(await bot.user().says('!greet')).toBeAnsweredWith(`Hello, it is ${year}.`);
    expect(await bot.user().says('Hello')).toBeAnsweredWith('0 warnings');
    expect(await (await get(bot, '/greeting')).text()).toBe('hello');
    expect((await bot.admin().says('!plugins')).reply).toContain('- `greeter` – running');
    expect((await bot.admin().says('!plugins disable greeter')).reply).toMatch(/^I switched `greeter` off\./);
    expect((await bot.user().says('!greet')).reply).toMatch(/^I do not know `!greet`/);
    expect((await get(bot, '/greeting')).status).toBe(404);
    await bot.admin().says('!plugins enable greeter');
    expect(await bot.user().says('!greet')).toBeAnsweredWith(`Hello, it is ${year}.`);
  });

  it.each([
    [
      'brings a copy of Sapphire of its own',
      refusing('steward-copy', {
        'package.json': manifest({
          name: 'steward-copy',
          type: 'module',
          exports: './index.js',
          bundleDependencies: ['@sapphire/framework'],
          dependencies: { '@sapphire/framework': '5.5.1' },
          peerDependencies: undefined,
        }),
        'index.js': `import { Command } from '@sapphire/framework';\n${command}\nexport default () => ({ name: 'copy', commands: { greet: GreetCommand } });`,
        'node_modules/@sapphire/framework/package.json':
          '{ "name": "@sapphire/framework", "version": "5.5.1", "type": "module", "exports": "./index.js" }',
        'node_modules/@sapphire/framework/index.js': 'export class Command {}',
      }),
    ],
    [
      'is CommonJS',
      refusing('steward-common', {
        'package.json': manifest({ name: 'steward-common', exports: './index.js' }),
        'index.js': `const { Command } = require('@sapphire/framework');\n${command}\nmodule.exports = () => ({ name: 'common', commands: { greet: GreetCommand } });`,
      }),
    ],
  ])('is refused with the cause and the cure when it %s', async (_what, source) => {
    const { default: make } = await installAndImport(folder.path, source);
    const environment = { DISCORD_TOKEN: 'a', N8N_WEBHOOK_URL: 'http://127.0.0.1' };
    const read = () => readConfiguration({ ...config, plugins: [(make as MakePlugin)(kernel)] }, environment);
    expect(read).toThrow(
      /^(copy|common) has "greet" among its commands, which does not extend the Command of the bot's own Sapphire\. .*peerDependencies/,
    );
    expect(read).toThrow(expect.objectContaining({ code: 'ForeignPiece' }));
  });
});
