import { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, relativeTime } from '#core';

/** Shows the asker how many messages are left. */
export class LimitsCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Shows how many messages you have left.' });
  }

  override async messageRun(message: Message): Promise<void> {
    const { rateLimits, rateLimitRule } = this.container;
    const { max, windowMs } = rateLimitRule;
    const { remaining, current, resetAt } = await rateLimits.getLimit(message.author.id, max, windowMs);
    const left = `You have ${remaining} of ${max} messages left.`;
    const reset = current === 0 ? '' : ` The next one comes back ${relativeTime(resetAt)}.`;
    await answer(message, left + reset);
  }
}
