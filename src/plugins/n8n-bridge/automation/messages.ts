import { DiscordAPIError } from 'discord.js';
import { z } from 'zod';
import { cleanText, DeadlineError, notify } from '#core';
import { discordId } from './discordId.ts';
import { defineEndpoint, failure } from './Endpoint.ts';

/** Characters of one message: ten of Discord's. */
const longest = 20_000;

const text = z
  .string({ error: 'must be a text' })
  .transform(cleanText)
  .refine((content) => content.trim() !== '', { error: 'must not be empty' })
  .refine((content) => content.length <= longest, { error: `must have ${longest} characters at most` })
  .meta({ maxLength: longest, description: 'Above 2,000 characters it arrives in parts. It pings nobody.' });

/** Writes a direct message to somebody, once for each webhook-id. */
export const messages = defineEndpoint({
  method: 'POST',
  path: '/automation/messages',
  operationId: 'sendMessage',
  summary: 'Writes a direct message to a person.',
  request: z.strictObject({ userId: discordId, text }),
  success: z.object({ status: z.literal('delivered') }),
  failures: {
    422: 'The person is unknown to Discord, or takes no messages from the bot.',
    502: 'Discord does not take the message.',
  },
  async carryOut({ userId, text: content }, { id, signedAt }, { container, log }) {
    if (userId === container.client.user?.id) return failure(422, 'That is the bot itself: name a person.');
    try {
      const isDelivered = await notify(userId, content, { id, createdTimestamp: signedAt });
      if (isDelivered) return { status: 200, body: { status: 'delivered' } };
      return failure(422, 'The person is unknown to Discord or takes no messages from the bot; nothing was delivered.');
    } catch (error) {
      if (error instanceof DeadlineError)
        return failure(503, 'Discord is slow; it goes on being tried. Send it again under the same webhook-id.', 30);
      log.warn({ err: error }, 'A message of automation was not delivered.');
      if (error instanceof DiscordAPIError && error.status < 500)
        return failure(502, `Discord does not take the message (code ${error.code}); the log tells more.`);
      return failure(503, 'Discord cannot be reached just now. Send it again under the same webhook-id.', 10);
    }
  },
});
