import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../sapphire.config.ts';

/** Source texts by their paths from the project's folder. */
type Sources = ReadonlyMap<string, string>;

/** A plugin by its folder's name, as its manifest describes it. */
interface Manifest {
  readonly name: string;
  readonly services: readonly string[];
  readonly requires: readonly string[];
}

/** `broken` finds the places that break the rule; the examples prove that it can. */
interface Rule {
  readonly sentence: string;
  broken(sources: Sources, manifests: readonly Manifest[]): string[];
  /** Small projects that break it, each in one place. */
  readonly bad: readonly Record<string, string>[];
  /** A project that only just keeps it. */
  readonly good: Record<string, string>;
}

/** What a source imports, as it is written there. Found by regular expression: no import in this project hides from it. */
function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g)].map(
    ([, , specifier = '']) => specifier,
  );
}

/** Every import of the sources that match, relative ones as paths from the project's folder. */
function imports(sources: Sources, files: RegExp): { path: string; target: string; isNpm: boolean }[] {
  return [...sources].flatMap(([path, source]) =>
    (files.test(path) ? importsOf(source) : []).map((specifier) => ({
      path,
      target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
      isNpm: !/^[.#/]/.test(specifier),
    })),
  );
}

const show = ({ path, target }: { path: string; target: string }): string => `${path} imports ${target}`;
const leaving = (sources: Sources, folder: string): string[] =>
  imports(sources, new RegExp(`^${folder}`))
    .filter(({ target, isNpm }) => !isNpm && !target.startsWith(folder))
    .map(show);
const ownerOf = (path: string): string => /^src\/plugins\/([^/]+)\//.exec(path)?.[1] ?? '';

/** The sources that match and hold something that they must not. */
const holding = (sources: Sources, files: RegExp, forbidden: RegExp): string[] =>
  [...sources].filter(([path, source]) => files.test(path) && forbidden.test(source)).map(([path]) => path);

/**
 * The services that a source takes from the container, found by regular expression: `container.x`,
 * `{ x } = container` (or `this.container`) and `{ container: { x } }`.
 */
function servicesUsedBy(source: string): string[] {
  const direct = [...source.matchAll(/\bcontainer\s*\.\s*(\w+)/g)].map(([, name = '']) => name);
  const patterns = /\{([^{}]*)\}\s*=\s*(?:this\s*\.\s*)?container\b|\bcontainer\s*:\s*\{([^{}]*)\}/g;
  const taken = [...source.matchAll(patterns)].flatMap(([, left = '', right = '']) => `${left},${right}`.split(','));
  return [...direct, ...taken.map((entry) => entry.trim().split(/[\s:=]/)[0] ?? '')].filter(Boolean);
}

const pieces =
  /^src\/(?:plugins\/[^/]+\/)?(?:commands|listeners|preconditions|interaction-handlers|scheduled-tasks)\/[^/]+\.ts$/;

const memory: Manifest = { name: 'memory', services: ['conversations'], requires: [] };
const ratelimit: Manifest = { name: 'ratelimit', services: ['rateLimits'], requires: ['conversations'] };
const limits = 'src/plugins/ratelimit/commands/limits.ts';
const flush = 'src/plugins/memory/commands/flush.ts';

const rules: readonly Rule[] = [
  {
    sentence: 'The core imports npm packages and its own files only: no plugin, no configuration, no simulator.',
    broken: (sources) => leaving(sources, 'src/core/'),
    bad: [
      { 'src/core/a.ts': "import { memory } from '../plugins/memory/plugin.ts';" },
      { 'src/core/http/a.ts': "import config from '../../../sapphire.config.ts';" },
      { 'src/core/a.ts': "import type { World } from '../simulator/World.ts';" },
      { 'src/core/a.ts': "const { wording } = await import('../wording.ts');" },
      { 'src/core/a.ts': "export { answer } from '#core';" },
    ],
    good: { 'src/core/http/a.ts': "import './b.ts';\nimport x from '../c.ts';\nimport { once } from 'node:events';" },
  },
  {
    sentence: 'A plugin imports npm packages, #core and its own files only: never another plugin’s, not even types.',
    broken: (sources) =>
      imports(sources, /^src\/plugins\//)
        .filter(({ path, target, isNpm }) => !isNpm && target !== '#core' && ownerOf(target) !== ownerOf(path))
        .map(show),
    bad: [
      { [limits]: "import type { Conversation } from '../../memory/entities/Conversation.ts';" },
      { [limits]: "import { answer } from '../../../core/conversation/answer.ts';" },
      { [limits]: "import { wording } from '../../../wording.ts';" },
      { 'src/plugins/memory/plugin.ts': "await import('../memory-extra/plugin.ts');" },
    ],
    good: { [limits]: "import { answer } from '#core';\nimport '../Rule.ts';\nimport { Command } from 'x';" },
  },
  {
    sentence: 'The simulator imports npm packages and its own files only.',
    broken: (sources) => leaving(sources, 'src/simulator/'),
    bad: [
      { 'src/simulator/World.ts': "import { seconds } from '../core/time.ts';" },
      { 'src/simulator/rest/a.ts': "import { seconds } from '#core';" },
    ],
    good: { 'src/simulator/rest/a.ts': "import type { World } from '../World.ts';\nimport 'fastify';" },
  },
  {
    sentence: 'The test kit imports npm packages, the core, the simulator and sapphire.config.ts only.',
    broken: (sources) =>
      imports(sources, /^src\/testing\//)
        .filter(
          ({ target, isNpm }) => !isNpm && !/^(?:src\/(?:core|simulator|testing)\/|sapphire\.config\.ts$)/.test(target),
        )
        .map(show),
    bad: [
      { 'src/testing/a.ts': "import { thinking } from '../../tests/e2e/answering.ts';" },
      { 'src/testing/postgres/a.ts': "import { memory } from '../../plugins/memory/plugin.ts';" },
    ],
    good: {
      'src/testing/a.ts': "import '../core/time.ts';\nimport './b.ts';\nimport c from '../../sapphire.config.ts';",
    },
  },
  {
    sentence: 'Only tests import the test kit.',
    broken: (sources) =>
      imports(sources, /^(?!src\/testing\/)/)
        .filter(({ target }) => target === '#testing' || target.startsWith('src/testing/'))
        .map(show),
    bad: [
      { 'src/main.ts': "import { startTestBot } from '#testing';" },
      { [flush]: "import type { TestClock } from '../../../testing/ControlledClock.ts';" },
    ],
    good: { 'src/testing/a.ts': "import './b.ts';" },
  },
  {
    sentence: 'Only sapphire.config.ts imports plugins.',
    broken: (sources) =>
      imports(sources, /^(?!src\/plugins\/|sapphire\.config\.ts$)/)
        .filter(({ target }) => target.startsWith('src/plugins/'))
        .map(show),
    bad: [
      { 'src/main.ts': "import { memory } from './plugins/memory/plugin.ts';" },
      { 'src/listeners/a.ts': "import type { Warning } from '../plugins/moderation/entities/Warning.ts';" },
    ],
    good: {
      'sapphire.config.ts': "import { memory } from './src/plugins/memory/plugin.ts';",
      'src/main.ts': "import config from '../sapphire.config.ts';",
    },
  },
  {
    sentence: 'process.env is read in src/core/config.ts only, and where tests are set up.',
    broken: (sources) =>
      holding(
        sources,
        /^(?!src\/core\/config\.ts$|src\/testing\/globalSetup\.ts$|vitest\.)/,
        /\bprocess\s*\??\.\s*env\b|\{[^}]*\benv\b[^}]*\}\s*(?:=\s*process\b|from\s*['"](?:node:)?process['"])/,
      ),
    bad: [
      { 'src/main.ts': 'const token = process.env.DISCORD_TOKEN;' },
      { 'src/main.ts': 'const { env, pid } = process;' },
      { 'src/plugins/memory/plugin.ts': "import { env } from 'node:process';" },
    ],
    good: { 'src/core/config.ts': 'const all = { ...process.env };', 'src/main.ts': 'process.exit(env.code);' },
  },
  {
    sentence: 'A plugin that uses another plugin’s service lists it in `requires` or `uses`.',
    broken: (sources, manifests) =>
      [...sources].flatMap(([path, source]) => {
        const owner = manifests.find(({ name }) => name === ownerOf(path));
        if (!owner) return [];
        const others = manifests.filter((manifest) => manifest !== owner).flatMap(({ services }) => services);
        const undeclared = (service: string) => others.includes(service) && !owner.requires.includes(service);
        return servicesUsedBy(source)
          .filter(undeclared)
          .map((service) => `${path} uses container.${service}`);
      }),
    bad: [
      { [flush]: 'await this.container.rateLimits.resetUserLimit(id);' },
      { [flush]: 'const { conversations, rateLimits } = this.container;' },
      { [flush]: 'const { rateLimits: limits } = container;' },
      { 'src/plugins/memory/plugin.ts': 'x: ({ env, container: { clock, rateLimits } }) => 1,' },
    ],
    good: {
      [limits]: 'const { conversations, rateLimits, roles } = this.container;\ncontainer.rateLimits.check();',
      [flush]: 'container.conversations.flush(); const { rateLimits } = other;',
    },
  },
  {
    sentence: 'A piece does not touch an EntityManager: it asks a service.',
    broken: (sources) => holding(sources, pieces, /\.\s*em\s*\(|\bEntityManager\b/),
    bad: [
      { [limits]: 'await this.container.database.em().find(User, {});' },
      { 'src/listeners/a.ts': "import type { EntityManager } from '@mikro-orm/postgresql';" },
      { 'src/plugins/memory/preconditions/A.ts': 'database\n  .em()' },
    ],
    good: { 'src/plugins/memory/repositories/A.ts': 'database.em().find(User, {});', [limits]: 'item.emit(them);' },
  },
  {
    sentence: 'A repository sees neither discord.js nor Sapphire.',
    broken: (sources) =>
      imports(sources, /\/repositories\//)
        .filter(({ target }) => /^(?:discord\.js|@discordjs\/|@sapphire\/)/.test(target))
        .map(show),
    bad: [
      { 'src/plugins/memory/repositories/A.ts': "import type { Message } from 'discord.js';" },
      { 'src/plugins/memory/repositories/A.ts': "import { container } from '@sapphire/framework';" },
    ],
    good: { 'src/plugins/memory/repositories/A.ts': "import '#core';", [limits]: "from 'discord.js'" },
  },
  {
    sentence: 'No source file is longer than 250 lines.',
    broken: (sources) =>
      [...sources].filter(([, source]) => source.trimEnd().split('\n').length > 250).map(([path]) => path),
    bad: [{ 'src/main.ts': 'a\n'.repeat(251) }],
    good: { 'src/main.ts': 'a\n'.repeat(250) },
  },
  {
    sentence: 'A plugin’s manifest lists every piece in its folders, under the name of the piece’s file.',
    broken: (sources) =>
      [...sources.keys()]
        .filter((path) => pieces.test(path) && ownerOf(path) !== '')
        .filter((path) => {
          const manifest = sources.get(`src/plugins/${ownerOf(path)}/plugin.ts`) ?? '';
          const folder = basename(dirname(path));
          const isImported = importsOf(manifest).includes(`./${folder}/${basename(path)}`);
          return !isImported || !new RegExp(`\\b${basename(path, '.ts')}:`).test(manifest);
        }),
    bad: [
      { [limits]: '', 'src/plugins/ratelimit/plugin.ts': 'commands: { limits: LimitsCommand },' },
      {
        [limits]: '',
        'src/plugins/ratelimit/plugin.ts': "import { L } from './commands/limits.ts';\ncommands: { limit: L },",
      },
    ],
    good: {
      [limits]: '',
      'src/plugins/ratelimit/plugin.ts': "import { L } from './commands/limits.ts';\ncommands: { limits: L },",
    },
  },
];

const project = join(fileURLToPath(import.meta.url), '..', '..');
const paths = globSync(['src/**/*.ts', '*.ts'], { cwd: project }).map((path) => path.replaceAll('\\', '/'));
const sources: Sources = new Map(paths.map((path) => [path, readFileSync(join(project, path), 'utf8')]));
const manifests = config.plugins.map(
  ({ name, services = {}, requires = [], uses = [] }): Manifest => ({
    name,
    services: Object.keys(services),
    requires: [...requires, ...uses],
  }),
);

describe('the architecture', () => {
  it('is looked at as a whole: every plugin has a folder of its name, and every folder is a plugin', () => {
    const folders = new Set(paths.map(ownerOf).filter(Boolean));
    expect([...folders].toSorted()).toEqual(manifests.map(({ name }) => name).toSorted());
    expect(paths).toContain('sapphire.config.ts');
    expect(sources.size).toBeGreaterThan(100);
  });

  it.each(rules)('$sentence', ({ broken }) => {
    expect(broken(sources, manifests)).toEqual([]);
  });
});

describe('each rule of the architecture', () => {
  const examples = [memory, ratelimit];

  it.each(rules.flatMap(({ sentence, broken, bad }) => bad.map((files) => ({ sentence, broken, files }))))(
    'can fail: $sentence $files',
    ({ broken, files }) => {
      expect(broken(new Map(Object.entries(files)), examples)).toHaveLength(1);
    },
  );

  it.each(rules)('can be kept: $sentence', ({ broken, good }) => {
    expect(broken(new Map(Object.entries(good)), examples)).toEqual([]);
  });
});
