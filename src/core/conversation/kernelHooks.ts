import type { Database } from '../database/Database.ts';
import type { BoundHooks } from './Hooks.ts';

interface UserRow {
  username: string;
  created_at: string | Date;
  flushed_before: string | Date | null;
  forgotten_before: string | Date | null;
}

interface TurnRow {
  message_id: string;
  channel_id: string;
  claimed_at: string | Date;
  finished_at: string | Date | null;
}

/** What the kernel itself holds of people: the user, the ledger's ids, and every row that goes away with the user. */
export const kernelHooks = (database: Database): BoundHooks => ({
  plugin: 'the database',
  hooks: {
    async forget({ userId, scope, at, key }) {
      // What was said stands in the journal too, after it was dealt with.
      database.journal.wipe();
      if (scope === 'conversations') return {};
      const { erasures } = database;
      const options = { key, at };
      const rows = await (userId === undefined
        ? erasures.forgetEveryone(options)
        : erasures.forgetUser(userId, options));
      return rows ? { ...rows } : 'later';
    },
    async exportData(userId) {
      const [users, turns] = await database.attempt(() =>
        Promise.all([
          database.query<UserRow>(
            'SELECT username, created_at, flushed_before, forgotten_before FROM users WHERE discord_id = $1',
            [userId],
          ),
          database.query<TurnRow>(
            'SELECT message_id, channel_id, claimed_at, finished_at FROM turns WHERE discord_id = $1 ORDER BY claimed_at',
            [userId],
          ),
        ]),
      );
      return { user: users[0] ? toUser(userId, users[0]) : null, turns: turns.map(toTurn) };
    },
  },
});

const moment = (value: string | Date | null): Date | null => (value === null ? null : new Date(value));

const toUser = (discordId: string, row: UserRow) => ({
  discordId,
  username: row.username,
  firstSeen: moment(row.created_at),
  conversationsErasedBefore: moment(row.flushed_before),
  everythingErasedBefore: moment(row.forgotten_before),
});

const toTurn = (row: TurnRow) => ({
  messageId: row.message_id,
  channelId: row.channel_id,
  seenAt: moment(row.claimed_at),
  answeredAt: moment(row.finished_at),
});
