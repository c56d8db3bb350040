import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definePlugin } from '#core';
import config from '../../sapphire.config.ts';
import { listMigrations } from '../../src/core/database/migrations.ts';
import { namesOf } from '../../src/pluginNew/Names.ts';
import { type Plan, planPlugin } from '../../src/pluginNew/planPlugin.ts';
import { readTemplate } from '../../src/pluginNew/readTemplate.ts';
import { wiring } from '../../src/pluginNew/wire.ts';

const root = resolve(import.meta.dirname, '../..');
const plan = (name?: string, plugins = config.plugins): Plan => planPlugin(root, { ...config, plugins }, name);

describe('a new plugin', () => {
  // Its name is shorter than the template's and sorts otherwise, so that lines break and imports stand elsewhere.
  const { created, changed } = plan('aardvark');
  const text = (path: string): string => created.get(path) ?? changed.get(path) ?? '';

  it('has every part of a plugin, each file under its own name', () => {
    const paths = [...created.keys()].map((path) => path.replace(/^migrations\/\d{3}_/, 'migrations/'));
    expect(paths).toEqual(
      expect.arrayContaining([
        'migrations/aardvark.down.sql',
        'migrations/aardvark.sql',
        'src/plugins/aardvark/README.md',
        'src/plugins/aardvark/commands/aardvark.ts',
        'src/plugins/aardvark/commands/aardvarkadd.ts',
        'src/plugins/aardvark/entities/AardvarkEntry.ts',
        'src/plugins/aardvark/plugin.ts',
        'src/plugins/aardvark/preconditions/AardvarkRoom.ts',
        'src/plugins/aardvark/repositories/AardvarkRepository.ts',
        'src/plugins/aardvark/repositories/DatabaseAardvarkRepository.ts',
        'src/plugins/aardvark/repositories/MemoryAardvarkRepository.ts',
        'src/plugins/aardvark/scheduled-tasks/removeOldAardvarkEntries.ts',
        'src/plugins/aardvark/wording.ts',
      ]),
    );
    for (const [path, written] of created) expect(`${path}\n${written}`).not.toMatch(/wish.?list/i);
  });

  it('has a migration with the next number', () => {
    const numbers = [...created.keys()].flatMap((path) => /^migrations\/(\d+)_/.exec(path)?.[1] ?? []);
    const next = String(listMigrations().length + 1).padStart(3, '0');
    expect(numbers).toEqual([next, next]);
  });

  it('is part of the bot, of its documentation and of the test of every command', () => {
    expect(text('sapphire.config.ts')).toMatch(
      /'#core';\n(import .+\n)+import \{ aardvark \} from '\.\/src\/plugins\/aardvark/,
    );
    expect(text('sapphire.config.ts')).toMatch(/plugins: \[\s*memory\(\)[^\]]+,\s+aardvark\(\),?\s*\]/);
    expect(text('README.md')).toContain(
      '<!-- commands -->\n| command | what it does |\n| --- | --- |\n| `!aardvark [remove <number>]` | Shows your list “aardvark”',
    );
    expect(text('.env.example')).toMatch(
      /\n\n# ---- Plugin aardvark ----\n\n# .+\n#AARDVARK_MAX=20\n\n# .+\n#AARDVARK_DAYS=90\n$/,
    );
    expect(text('tests/e2e/everyCommand.test.ts')).toMatch(/ {2}aardvarkadd: .+\n\};/);
  });

  it('stands in README.md where its commands belong, between those whose names begin alike', () => {
    const table = '<!-- commands -->\n| command |\n| --- |\n| `!aardvark1` | |\n| `!b` | |\n<!-- /commands -->\n';
    const names = wiring['README.md']?.(table, namesOf('aardvark')).match(/!\w+/g);
    expect(names).toEqual(['!aardvark', '!aardvark1', '!aardvarkadd', '!b']);
  });

  it('changes nothing else in the files that name it', () => {
    expect([...changed.keys()].toSorted()).toEqual([
      '.env.example',
      'README.md',
      'sapphire.config.ts',
      'tests/e2e/everyCommand.test.ts',
    ]);
  });
});

describe('a plugin is not made', { timeout: 60_000 }, () => {
  it.each([
    ['without a name', undefined, /^How shall the plugin be called\?/],
    ['with an empty name', '', /^How shall the plugin be called\?/],
    ['in capitals', 'Reminders', /is no name for a plugin/],
    ['with an underscore', 'my_list', /is no name for a plugin/],
    ['with a hyphen too many', 'my--list', /is no name for a plugin/],
    ['with a digit first', '2nd-list', /is no name for a plugin/],
    ['as a way out of its folder', '../../etc', /is no name for a plugin/],
    ['as an option', '--help', /is no name for a plugin/],
    ['with a line break', 'notes\n', /is no name for a plugin/],
    ['with one letter', 'a', /has 1 characters: a plugin's name has 2 to 30/],
    ['with a name too long for PostgreSQL', 'a'.repeat(31), /has 31 characters/],
    ['as a word of JavaScript', 'delete', /is a word of JavaScript/],
    ['as the template', 'wish-list', /is what the template is called/],
    ['as another plugin', 'moderation', /There is src\/plugins\/moderation already/],
    ['as a command of the bot', 'help', /both have "help" among their commands\. Take another name/],
    ['as a command of a plugin in several words', 'un-warn', /both have "unwarn" among their commands/],
    ['as a table of the kernel', 'journal', /the database has "journal_entries" already/],
    ['as what reads its variables', 'rate-limit', /something else reads the variable RATE_LIMIT_MAX/],
    ['as something that its files import', 'days', /"days" means something else in its files/],
    ['as something that the configuration imports', 'wording', /"wording" means something else in its files/],
    [
      'as what the linter does not take',
      'escape',
      /Biome does not take what this name makes\. Do not shadow the global/,
    ],
  ])('%s', (_how, name, refusal) => {
    expect(() => plan(name)).toThrow(
      expect.objectContaining({ name: 'Refusal', message: expect.stringMatching(refusal) }),
    );
  });

  it('as a plugin from elsewhere, or with the services of one', () => {
    const elsewhere = definePlugin({ name: 'aardvark' });
    expect(() => plan('aardvark', [...config.plugins, elsewhere])).toThrow(/Two plugins are called "aardvark"/);
    const providing = definePlugin({ name: 'other', services: { aardvarkEntries: () => [] } });
    expect(() => plan('aardvark', [...config.plugins, providing])).toThrow(
      /both provide the service "aardvarkEntries"/,
    );
  });

  it('may be called like a word of SQL: its tables have another', () => {
    const files = readTemplate(root, namesOf('order'), '099');
    expect(files.get('migrations/099_order.sql')).toContain('CREATE TABLE order_entries (');
  });
});
