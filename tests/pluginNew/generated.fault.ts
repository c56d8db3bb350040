import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesOf } from '../../src/pluginNew/Names.ts';
import type { Snapshot } from '../../src/simulator/playground/snapshot.ts';
import { changesFor } from '../docs/guide.ts';
import { readEvents } from '../support/readEvents.ts';
import { BotProcess } from '../support/startProcess.ts';
import { ProjectCopy } from './ProjectCopy.ts';

// One that sorts before everything and one that sorts behind, of one word and of several: the files look different.
const [first, second] = ['abacus', 'zoo-of-large-animals'].map(namesOf) as [
  ReturnType<typeof namesOf>,
  ReturnType<typeof namesOf>,
];

describe('a project with two new plugins', { timeout: 600_000 }, () => {
  let copy: ProjectCopy;
  const passes = async (command: string, ...parameters: string[]): Promise<void> => {
    const { status, output } = await copy.run(command, ...parameters);
    expect(status, output).toBe(0);
  };
  beforeAll(async () => {
    copy = new ProjectCopy();
    for (const { kebab } of [first, second]) await passes('npm', 'run', 'plugin:new', kebab);
  }, 300_000);
  afterAll(() => copy?.[Symbol.dispose]());

  it('has them under numbers of their own', () => {
    const migrations = readdirSync(join(copy.folder, 'migrations')).filter((file) => !file.endsWith('.down.sql'));
    const [before, ...made] = migrations
      .toSorted()
      .slice(-3)
      .map((file) => Number.parseInt(file, 10));
    expect(made).toEqual([Number(before) + 1, Number(before) + 2]);
  });

  it('is what it was after one that was refused', async () => {
    const everything = (): string[] =>
      ['src', 'tests', 'migrations'].flatMap((folder) =>
        readdirSync(join(copy.folder, folder), { recursive: true }).map(String),
      );
    const before = everything();
    for (const [name, refusal] of [
      [first.kebab, /There is src\/plugins\/abacus already/],
      ['help', /"help" cannot be/],
    ] as const) {
      const { status, output } = await copy.run('npm', 'run', 'plugin:new', name);
      expect([status, output]).toEqual([1, expect.stringMatching(refusal)]);
      expect(output).toContain('Nothing was written.');
    }
    const elsewhere = await copy.run('sh', '-c', 'cd src && node pluginNew.ts otter');
    expect([elsewhere.status, elsewhere.output]).toEqual([1, expect.stringMatching(/in the project's own folder/)]);
    expect(everything()).toEqual(before);
  });

  it.each(['lint', 'types', 'dead-code'])('passes npm run %s', (check) => passes('npm', 'run', check));

  it('passes the tests of the plugins, and those that look at the bot as a whole', () =>
    passes(
      'vitest',
      'run',
      ...[first, second].map(({ kebab }) => `tests/plugins/${kebab}`),
      ...[
        'tests/architecture.test.ts',
        'tests/docs',
        'tests/pluginNew',
        'tests/e2e/everyCommand.test.ts',
        'tests/e2e/commands.test.ts',
      ],
      ...[
        'tests/core/database/migrations.test.ts',
        'tests/core/database/schema.test.ts',
        'tests/contracts/erasing.test.ts',
      ],
      ...['tests/core/scheduling/cleanup.test.ts', 'tests/core/requirePrivacy.test.ts', 'tests/e2e/privacy.test.ts'],
    ));

  it('lives in the playground: !help shows the commands, and they answer', async () => {
    await using bot = await BotProcess.start({}, { project: copy.folder });
    const [, page = ''] = await bot.line(/Write to it at (http:\S+)$/);
    const events = await readEvents(`${page}/events`);
    const { users } = (await events.next('state')) as unknown as Snapshot;
    const userId = users[0]?.id;
    const say = async (content: string): Promise<string> => {
      const body = JSON.stringify({ userId, content });
      await fetch(`${page}/say`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      for (;;) {
        const message = (await events.next('message')) as { author: { bot?: boolean }; content: string };
        if (message.author.bot) return message.content;
      }
    };
    const help = await say('!help');
    for (const { flat, words } of [first, second])
      for (const line of [
        `- \`!${flat} [remove <number>]\` – Shows your list “${words}”`,
        `- \`!${flat}add <text>\` – `,
      ])
        expect(help).toContain(line);
    expect(await say(`!${second.flat}add an elephant`)).toMatch(/^That is number 1 on your list/);
    expect(await say(`!${second.flat}`)).toBe('1. an elephant');
    expect(await say(`!${first.flat}`)).toBe('There is nothing on your list.');
    await events.close();
    expect(await bot.stop()).toBe(0);
  });

  it('can be changed as docs/WRITING-A-PLUGIN.md says: first the test fails, then it passes', async () => {
    const [test, ...rest] = changesFor(first);
    const make = ({ path, before, after }: NonNullable<typeof test>): void => {
      const file = join(copy.folder, path);
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(before);
      writeFileSync(
        file,
        text.replace(before, () => after),
      );
    };
    if (test) make(test);
    const { status, output } = await copy.run('vitest', 'run', `tests/plugins/${first.kebab}`);
    expect([status, output]).toEqual([1, expect.stringContaining('abacusadd Dune')]);
    for (const change of rest) make(change);
    await passes('vitest', 'run', `tests/plugins/${first.kebab}`);
    await passes('npm', 'run', 'lint');
    await passes('npm', 'run', 'types');
  });
});
