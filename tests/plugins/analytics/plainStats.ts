/**
 * What `get_global_stats(days)` has to answer, counted from the rows themselves: one row with the one column `stats`,
 * JSON of the columns of the function. `$1` is the number of days, one at least.
 */
export const plainStats = `
  WITH since AS (SELECT now() - $1::integer * interval '1 day' AS at), messages AS MATERIALIZED (
    SELECT user_id, "timestamp", message_type, response_time_ms FROM message_stats WHERE "timestamp" > (SELECT at FROM since)
  )
  SELECT jsonb_build_object(
    'total_messages', (SELECT count(*) FROM messages),
    'unique_users', (SELECT count(DISTINCT user_id) FROM messages),
    'avg_response_time_ms', (SELECT coalesce(round(avg(response_time_ms), 2), 0) FROM messages),
    'messages_by_type', jsonb_build_object('chat', 0, 'command', 0) || coalesce(
      (SELECT jsonb_object_agg(message_type, n) FROM (SELECT message_type, count(*) AS n FROM messages GROUP BY 1) t), '{}'),
    'top_users', coalesce((
      SELECT jsonb_agg(jsonb_build_object('discord_id', discord_id, 'username', username, 'message_count', n)
        ORDER BY n DESC, discord_id)
      FROM (SELECT u.discord_id, u.username, count(*) AS n FROM messages m JOIN users u ON u.id = m.user_id
            GROUP BY u.id ORDER BY n DESC, u.discord_id LIMIT 5) t), '[]'),
    'peak_hours', coalesce((SELECT jsonb_object_agg(hour_of_day, n)
      FROM (SELECT extract(hour FROM "timestamp" AT TIME ZONE 'UTC')::integer::text AS hour_of_day, count(*) AS n
            FROM messages GROUP BY 1 ORDER BY n DESC, 1 LIMIT 3) t), '{}'),
    'top_commands', coalesce((
      SELECT jsonb_agg(jsonb_build_object('command_name', command_name, 'usage_count', n) ORDER BY n DESC, command_name)
      FROM (SELECT command_name, count(*) AS n FROM command_usage WHERE executed_at > (SELECT at FROM since)
            GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5) t), '[]')
  ) AS stats`;
