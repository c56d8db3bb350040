import { Precondition } from '@sapphire/framework';
import type { Message } from 'discord.js';

declare module '@sapphire/framework' {
  interface Preconditions {
    ModeratorOnly: never;
  }
}

/** Keeps a command for moderators and admins; to everyone else it is an unknown word. */
export class ModeratorOnlyPrecondition extends Precondition {
  override messageRun({ author }: Message): Precondition.Result {
    return this.container.roles.isModerator(author.id) ? this.ok() : this.error({ identifier: 'AboveRole' });
  }
}
