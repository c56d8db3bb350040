import type { Database } from '#core';

/** A message or a command, in the words of the SQL functions that log them. */
export type LogRow = Common & (MessageColumns | CommandColumns);

interface Common {
  readonly discord_id: string;
  readonly username: string;
  /** ISO 8601. */
  readonly at: string;
  readonly key: string | null;
}

interface MessageColumns {
  readonly channel_type: string;
  readonly message_type: string;
  readonly response_time_ms: number | null;
  readonly tokens: number | null;
}

interface CommandColumns {
  readonly command_name: string;
  readonly automated: boolean;
  readonly success: boolean;
}

/** Logs many messages and commands in one statement: all of them or, when it throws, none. */
export function writeLog(database: Database, rows: readonly LogRow[]): Promise<unknown> {
  // In everybody's same order, so that two instances that log the same people do not wait for each other in a circle.
  const sorted = rows.toSorted((a, b) => Number(a.discord_id > b.discord_id) - Number(a.discord_id < b.discord_id));
  return database.query(
    `SELECT log_message(discord_id, username, at, channel_type, message_type, response_time_ms, tokens, key)
     FROM jsonb_to_recordset($1::jsonb) AS rows (
       discord_id text, username text, at timestamptz, channel_type text, message_type text,
       response_time_ms integer, tokens integer, key text)
     UNION ALL
     SELECT log_command(discord_id, username, at, command_name, automated, success, key)
     FROM jsonb_to_recordset($2::jsonb) AS rows (
       discord_id text, username text, at timestamptz, command_name text, automated boolean, success boolean, key text)`,
    [
      JSON.stringify(sorted.filter((row) => 'message_type' in row)),
      JSON.stringify(sorted.filter((row) => 'command_name' in row)),
    ],
  );
}
