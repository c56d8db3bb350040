import { Command } from '@sapphire/framework';
import { describe, expect, it } from 'vitest';
import type { Pieces } from '../../../src/core/definePlugin.ts';
import { refuseForeignPieces } from '../../../src/core/discord/refuseForeignPieces.ts';

describe('a piece', () => {
  it('is refused when it extends nothing of the bot’s own Sapphire, before it is made', () => {
    class Stray {}
    class Greet extends Command {}
    const refuse = (commands: object) => () =>
      refuseForeignPieces([{ name: 'stray', commands: commands as Pieces['commands'] & object }]);
    expect(refuse({ greet: Greet })).not.toThrow();
    for (const piece of [Stray, () => undefined])
      expect(refuse({ greet: Greet, stray: piece })).toThrow(
        /^stray has "stray" among its commands, which does not extend/,
      );
  });
});
