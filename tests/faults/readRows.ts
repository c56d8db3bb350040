import pg from 'pg';

/** What the database holds about chats; each row with the message that it belongs to as far as the row tells. */
export interface Rows {
  readonly conversations: readonly { userId: string; userMessage: string; aiResponse: string }[];
  readonly messageStats: readonly { userId: string; messageId: string | null }[];
  readonly turns: readonly { userId: string; messageId: string; isFinished: boolean }[];
}

/** Reads them past the bots and past every fault between them and the database. */
export async function readRows(connection: pg.ClientConfig): Promise<Rows> {
  const client = new pg.Client(connection);
  await client.connect();
  const read = async (statement: string) => (await client.query(statement)).rows;
  try {
    return {
      conversations: await read(
        `SELECT u.discord_id AS "userId", c.user_message AS "userMessage", c.ai_response AS "aiResponse"
         FROM conversations c JOIN users u ON u.id = c.user_id`,
      ),
      // The key of a write begins with the id of the message.
      messageStats: await read(
        `SELECT u.discord_id AS "userId", substring(s.key FROM '^[0-9]+') AS "messageId"
         FROM message_stats s JOIN users u ON u.id = s.user_id WHERE s.message_type = 'chat'`,
      ),
      turns: await read(
        `SELECT discord_id AS "userId", message_id AS "messageId", finished_at IS NOT NULL AS "isFinished" FROM turns`,
      ),
    };
  } finally {
    await client.end();
  }
}
