import { Precondition } from '@sapphire/framework';
import type { Message } from 'discord.js';

declare module '@sapphire/framework' {
  interface Preconditions {
    AdminOnly: never;
  }
}

/** Keeps a command for admins; to everyone else it is an unknown word. */
export class AdminOnlyPrecondition extends Precondition {
  override messageRun({ author }: Message): Precondition.Result {
    return this.container.roles.isAdmin(author.id) ? this.ok() : this.error({ identifier: 'AboveRole' });
  }
}
