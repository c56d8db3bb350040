-- How the bot is used: one row for each answered chat and each command that ran.

CREATE TABLE message_stats (
  id bigserial PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT message_stats_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  "timestamp" timestamptz NOT NULL DEFAULT now(),
  channel_type text NOT NULL DEFAULT 'dm',
  message_type text NOT NULL,
  response_time_ms integer,
  tokens integer,
  key text CONSTRAINT message_stats_key_unique UNIQUE
);
CREATE INDEX message_stats_user_id_timestamp_index ON message_stats (user_id, "timestamp");
CREATE INDEX message_stats_timestamp_index ON message_stats ("timestamp");

CREATE TABLE command_usage (
  id bigserial PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT command_usage_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  command_name text NOT NULL,
  executed_at timestamptz NOT NULL DEFAULT now(),
  success boolean NOT NULL,
  automated boolean NOT NULL DEFAULT false,
  key text CONSTRAINT command_usage_key_unique UNIQUE
);
CREATE INDEX command_usage_command_name_executed_at_index ON command_usage (command_name, executed_at);
CREATE INDEX command_usage_executed_at_index ON command_usage (executed_at);
CREATE INDEX command_usage_user_id_index ON command_usage (user_id);

CREATE FUNCTION cleanup_old_analytics() RETURNS bigint LANGUAGE sql AS $$
  WITH retention AS (
    SELECT now() - coalesce((SELECT value::numeric FROM settings WHERE name = 'analytics_retention_days'), 90) * interval '1 day' AS since
  ), messages AS (
    DELETE FROM message_stats USING retention WHERE "timestamp" <= since RETURNING 1
  ), commands AS (
    DELETE FROM command_usage USING retention WHERE executed_at <= since RETURNING 1
  )
  SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM commands)
$$;

-- The last p_days days in one row. Hours are UTC.
CREATE FUNCTION get_global_stats(p_days integer)
RETURNS TABLE (
  total_messages bigint,
  unique_users bigint,
  avg_response_time_ms numeric,
  messages_by_type jsonb,
  top_users jsonb,
  peak_hours jsonb,
  top_commands jsonb
) LANGUAGE sql STABLE AS $$
  WITH messages AS MATERIALIZED (
    SELECT user_id, "timestamp", message_type, response_time_ms
    FROM message_stats WHERE "timestamp" > now() - p_days * interval '1 day'
  )
  SELECT
    (SELECT count(*) FROM messages),
    (SELECT count(DISTINCT user_id) FROM messages),
    (SELECT coalesce(round(avg(response_time_ms), 2), 0) FROM messages),
    jsonb_build_object('chat', 0, 'command', 0) || coalesce(
      (SELECT jsonb_object_agg(message_type, n) FROM (SELECT message_type, count(*) AS n FROM messages GROUP BY 1) t), '{}'),
    coalesce((SELECT jsonb_agg(jsonb_build_object('discord_id', discord_id, 'username', username, 'message_count', n) ORDER BY n DESC, discord_id)
      FROM (SELECT u.discord_id, u.username, count(*) AS n FROM messages m JOIN users u ON u.id = m.user_id
            GROUP BY u.id ORDER BY n DESC, u.discord_id LIMIT 5) t), '[]'),
    coalesce((SELECT jsonb_object_agg(hour_of_day, n)
      FROM (SELECT extract(hour FROM "timestamp" AT TIME ZONE 'UTC')::integer::text AS hour_of_day, count(*) AS n FROM messages
            GROUP BY 1 ORDER BY n DESC, 1 LIMIT 3) t), '{}'),
    coalesce((SELECT jsonb_agg(jsonb_build_object('command_name', command_name, 'usage_count', n) ORDER BY n DESC, command_name)
      FROM (SELECT command_name, count(*) AS n FROM command_usage WHERE executed_at > now() - p_days * interval '1 day'
            GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5) t), '[]')
$$;
