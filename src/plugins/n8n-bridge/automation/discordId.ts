import { z } from 'zod';

/** Whom a request is about: https://discord.com/developers/docs/reference#snowflakes */
export const discordId = z
  .string({ error: 'must be a Discord id, as a text' })
  .regex(/^\d{17,20}$/, { error: 'must be a Discord id: 17 to 20 digits, as a text' })
  .meta({ description: 'A Discord user id.', examples: ['100000000000000077'] });
