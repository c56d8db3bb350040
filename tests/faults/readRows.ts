import pg from 'pg';

/** What the database holds about messages; each row with the message that it belongs to as far as the row tells. */
export interface Rows {
  readonly conversations: readonly { userId: string; userMessage: string; aiResponse: string }[];
  readonly messageStats: readonly { userId: string; messageId: string | null }[];
  readonly turns: readonly { userId: string; messageId: string; isFinished: boolean }[];
}

/** Reads them past the bots and past every fault between them and the database. */
export async function readRows(connection: pg.ClientConfig): Promise<Rows> {
  return {
    conversations: await query(
      connection,
      `SELECT u.discord_id AS "userId", c.user_message AS "userMessage", c.ai_response AS "aiResponse"
       FROM conversations c JOIN users u ON u.id = c.user_id`,
    ),
    // The key of a write begins with the id of the message.
    messageStats: await query(
      connection,
      `SELECT u.discord_id AS "userId", substring(s.key FROM '^[0-9]+') AS "messageId"
       FROM message_stats s JOIN users u ON u.id = s.user_id`,
    ),
    turns: await query(
      connection,
      `SELECT discord_id AS "userId", message_id AS "messageId", finished_at IS NOT NULL AS "isFinished" FROM turns`,
    ),
  };
}

/** One statement on a connection of its own. */
export async function query<Row extends object>(connection: pg.ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
