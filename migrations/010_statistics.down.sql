DROP TRIGGER message_stats_inserted ON message_stats;
DROP TRIGGER message_stats_updated ON message_stats;
DROP TRIGGER message_stats_deleted ON message_stats;
DROP TRIGGER message_stats_truncated ON message_stats;
DROP TRIGGER command_usage_inserted ON command_usage;
DROP TRIGGER command_usage_updated ON command_usage;
DROP TRIGGER command_usage_deleted ON command_usage;
DROP TRIGGER command_usage_truncated ON command_usage;

-- What 003 and 007 made is put back as it was.
DROP FUNCTION get_global_stats(integer);
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

CREATE OR REPLACE FUNCTION cleanup_old_analytics(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now()
    - coalesce((SELECT value::numeric FROM settings WHERE name = 'analytics_retention_days'), 90) * interval '1 day';
  v_messages bigint;
  v_commands bigint;
BEGIN
  IF p_limit IS NULL THEN
    DELETE FROM message_stats WHERE "timestamp" <= v_since;
    GET DIAGNOSTICS v_messages = ROW_COUNT;
    DELETE FROM command_usage WHERE executed_at <= v_since;
  ELSE
    DELETE FROM message_stats WHERE id IN (
      SELECT id FROM message_stats WHERE "timestamp" <= v_since
      ORDER BY "timestamp" LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_messages = ROW_COUNT;
    DELETE FROM command_usage WHERE id IN (
      SELECT id FROM command_usage WHERE executed_at <= v_since
      ORDER BY executed_at LIMIT p_limit - v_messages FOR UPDATE SKIP LOCKED
    );
  END IF;
  GET DIAGNOSTICS v_commands = ROW_COUNT;
  RETURN v_messages + v_commands;
END $$;

DROP FUNCTION get_top_users(timestamptz);
DROP FUNCTION rank_message_users(timestamptz, bigint);
DROP FUNCTION count_message_users(timestamptz);
DROP FUNCTION count_messages(timestamptz);
DROP FUNCTION start_of_days(integer);
DROP FUNCTION recount_statistics();
DROP FUNCTION clear_command_sums();
DROP FUNCTION clear_message_sums();
DROP FUNCTION note_command_changes();
DROP FUNCTION note_message_changes();
DROP FUNCTION fold_command_changes(command_changes[]);
DROP FUNCTION fold_message_changes(message_changes[], integer);
DROP FUNCTION may_fold(regclass);
DROP FUNCTION utc_day(timestamptz);
DROP FUNCTION start_of_hour(timestamptz);
DROP TABLE command_hours;
DROP TABLE command_changes;
DROP TABLE message_last_hours;
DROP TABLE message_users;
DROP TABLE message_user_days;
DROP TABLE message_hours;
DROP TABLE message_changes;
