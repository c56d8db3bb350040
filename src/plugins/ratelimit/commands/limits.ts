import { Command } from '@sapphire/framework';
import { type Message, TimestampStyles, time } from 'discord.js';
import { answer } from '#core';

/** Shows the asker how many messages are left. */
export class LimitsCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Shows how many messages you have left.' });
  }

  override async messageRun(message: Message): Promise<void> {
    const { rateLimits, rateLimitRule } = this.container;
    const { max, windowMs } = rateLimitRule;
    const { remaining, current, resetAt } = await rateLimits.getLimit(message.author.id, max, windowMs);
    const left = `You have ${remaining} of ${max} messages left in ${windowMs / 1_000} seconds.`;
    const reset = current === 0 ? '' : ` The next one comes back ${time(resetAt, TimestampStyles.RelativeTime)}.`;
    await answer(message, left + reset);
  }
}
