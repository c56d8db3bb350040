import { container } from '@sapphire/framework';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { HelpCommand } from '../../src/commands/help.ts';
import { definePlugin, type Plugin } from '../../src/core/definePlugin.ts';
import { KernelError, type KernelErrorCode } from '../../src/core/errors.ts';
import { orderPlugins, refuseDuplicatePieces } from '../../src/core/orderPlugins.ts';
import { wording } from '../../src/wording.ts';

function plugin(name: string, { provides = [] as string[], requires = [] as string[] } = {}): Plugin {
  return definePlugin({
    name,
    services: Object.fromEntries(provides.map((service) => [service, () => ({})])),
    requires,
  });
}

const namesOf = (plugins: readonly Plugin[]): string[] => plugins.map(({ name }) => name);

function refusal(order: () => unknown): { code: KernelErrorCode; message: string } {
  try {
    order();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

/** Plugins that each provide one service, and the needs between them; a need goes to a lower number only. */
const acyclic = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.record({
      needs: fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
      listed: fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    }),
  )
  .map(({ needs, listed }) => {
    const plugins = needs.map((targets, n) =>
      plugin(`p${n}`, { provides: [`s${n}`], requires: targets.filter((target) => target < n).map((m) => `s${m}`) }),
    );
    return listed.map((n) => plugins[n] as Plugin);
  });

describe('orderPlugins', () => {
  it('puts every plugin after those whose services it requires, and loses none', () => {
    fc.assert(
      fc.property(acyclic, (plugins) => {
        const ordered = orderPlugins(plugins);
        expect(namesOf(ordered).toSorted()).toEqual(namesOf(plugins).toSorted());
        ordered.forEach(({ requires }, index) => {
          const provided = ordered.slice(0, index).flatMap(({ services }) => Object.keys(services ?? {}));
          expect(provided).toEqual(expect.arrayContaining([...(requires ?? [])]));
        });
      }),
    );
  });

  it('keeps the listed order where nobody needs anybody', () => {
    expect(namesOf(orderPlugins(['c', 'a', 'b'].map((name) => plugin(name))))).toEqual(['c', 'a', 'b']);
  });

  it('lets a plugin require what the kernel provides', () => {
    expect(namesOf(orderPlugins([plugin('a', { requires: ['database', 'clock'] })]))).toEqual(['a']);
  });

  it('refuses two plugins of one name', () => {
    const { code, message } = refusal(() => orderPlugins([plugin('memory'), plugin('memory')]));
    expect(code).toBe('DuplicatePlugin');
    expect(message).toBe('Two plugins are called "memory". Remove or rename one.');
  });

  it('refuses two providers of one service', () => {
    const both = [plugin('memory', { provides: ['notes'] }), plugin('diary', { provides: ['notes'] })];
    const { code, message } = refusal(() => orderPlugins(both));
    expect(code).toBe('DuplicateService');
    expect(message).toBe('diary and memory both provide the service "notes". Rename one.');
  });

  it('refuses a requirement that nobody provides', () => {
    const { code, message } = refusal(() => orderPlugins([plugin('stats', { requires: ['warnings'] })]));
    expect(code).toBe('MissingService');
    expect(message).toContain('"stats" requires the service "warnings", which no plugin provides.');
    expect(message).toContain('sapphire.config.ts');
  });

  it('refuses plugins that need each other, and shows the circle without those outside it', () => {
    const { code, message } = refusal(() =>
      orderPlugins([
        plugin('entrance', { requires: ['a'] }),
        plugin('first', { provides: ['a'], requires: ['b'] }),
        plugin('second', { provides: ['b'], requires: ['c'] }),
        plugin('third', { provides: ['c'], requires: ['a'] }),
      ]),
    );
    expect(code).toBe('CircularNeed');
    expect(message).toContain('first → second → third → first.');
    expect(message).toContain('a plugin of its own');
  });

  it('refuses a plugin that needs its own service', () => {
    const { message } = refusal(() => orderPlugins([plugin('self', { provides: ['a'], requires: ['a'] })]));
    expect(message).toContain('self → self.');
  });
});

describe('refuseDuplicatePieces', () => {
  it('refuses two pieces of one name in one store, naming both owners', () => {
    const owners = [
      { name: 'the bot itself', commands: { help: HelpCommand } },
      { name: 'manual', commands: { help: HelpCommand } },
    ];
    const { code, message } = refusal(() => refuseDuplicatePieces(owners));
    expect(code).toBe('DuplicatePiece');
    expect(message).toBe('manual and the bot itself both have "help" among their commands. Rename one.');
  });

  it('lets pieces of different stores share a name', () => {
    const owners = [
      { name: 'a', commands: { help: HelpCommand } },
      { name: 'b', preconditions: {}, listeners: {} },
    ];
    expect(() => refuseDuplicatePieces(owners)).not.toThrow();
  });
});

describe.skipIf(!inject('postgres'))('the container of a bot without plugins', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ config: { plugins: [], wording } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('holds nothing that a plugin could replace', () => {
    for (const service of Object.keys(container)) {
      const { code, message } = refusal(() => orderPlugins([plugin('greedy', { provides: [service] })]));
      expect(code).toBe('DuplicateService');
      expect(message).toContain(`greedy and the kernel both provide the service "${service}".`);
    }
  });
});
