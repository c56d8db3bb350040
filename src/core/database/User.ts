import { defineEntity, p } from '@mikro-orm/core';

/** A person who wrote to the bot or whom a moderator acted on; everything that plugins keep about people points here. */
export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.bigint('number').primary(),
    discordId: p.text().unique('users_discord_id_unique'),
    username: p.text(),
    createdAt: p.datetime().defaultRaw('now()'),
    flushedBefore: p.datetime().nullable(),
    forgottenBefore: p.datetime().nullable(),
  },
});
