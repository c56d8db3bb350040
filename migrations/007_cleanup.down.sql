DROP FUNCTION cleanup_old_analytics(integer);
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

DROP FUNCTION cleanup_expired_warnings(integer);
CREATE FUNCTION cleanup_expired_warnings() RETURNS bigint LANGUAGE sql AS $$
  WITH removed AS (
    DELETE FROM warnings WHERE expires_at <= now() RETURNING 1
  )
  SELECT count(*) FROM removed
$$;

DROP FUNCTION cleanup_old_conversations(integer);
CREATE FUNCTION cleanup_old_conversations() RETURNS bigint LANGUAGE sql AS $$
  WITH removed AS (
    DELETE FROM conversations WHERE "timestamp" <= now() - conversation_retention() RETURNING 1
  )
  SELECT count(*) FROM removed
$$;

DROP TABLE moderation_log;
DROP TABLE task_runs;
