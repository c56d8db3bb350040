import { Command, InteractionHandler, Listener, Precondition } from '@sapphire/framework';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import type { Pieces } from '../definePlugin.ts';
import { KernelError } from '../errors.ts';

/** What a piece of each kind extends. */
const classes = {
  commands: Command,
  listeners: Listener,
  preconditions: Precondition,
  interactionHandlers: InteractionHandler,
  tasks: ScheduledTask,
} as const satisfies Record<keyof Pieces, unknown>;

/**
 * A package may bring a copy of Sapphire of its own (so does one that requires it, as CommonJS does): its pieces would
 * look at another client and another container.
 * @throws KernelError ForeignPiece
 */
export function refuseForeignPieces(owners: readonly (Pieces & { readonly name: string })[]): void {
  for (const owner of owners) {
    for (const [kind, base] of Object.entries(classes)) {
      for (const [name, piece] of Object.entries(owner[kind as keyof Pieces] ?? {})) {
        if (piece.prototype instanceof base) continue;
        throw new KernelError(
          'ForeignPiece',
          `${owner.name} has "${name}" among its ${kind}, which does not extend the ${base.name} of the bot's own Sapphire. A package that brings it has to be an ES module, with @sapphire/framework among its peerDependencies and no copy of its own.`,
        );
      }
    }
  }
}
