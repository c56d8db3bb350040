-- Cleanup in batches, by scheduled tasks; expired warnings stay on record.

-- Which occurrence of each scheduled task was the last one to run, on whichever instance.
CREATE TABLE task_runs (
  name text PRIMARY KEY,
  ran_at timestamptz NOT NULL
);

-- What moderators and the automation did, and what became of it; what `warnings` holds no more is here.
CREATE TABLE moderation_log (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  -- 'warn', 'unwarn', 'expire', …
  action text NOT NULL,
  warning_id text,
  user_id bigint NOT NULL CONSTRAINT moderation_log_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  reason text NOT NULL,
  -- A Discord id, 'automation' or 'system'.
  actor text NOT NULL,
  -- When the warning was issued and when it stopped counting.
  warned_at timestamptz,
  expired_at timestamptz,
  -- Each thing happens to a warning once: a second attempt at writing it down changes nothing.
  CONSTRAINT moderation_log_warning_id_action_unique UNIQUE (warning_id, action)
);
CREATE INDEX moderation_log_user_id_at_index ON moderation_log (user_id, at);

-- Each function returns the number of rows removed: all whose time has passed, or, for batches that hold nobody up, at
-- most p_limit of those that nobody else works on.

DROP FUNCTION cleanup_old_conversations();
CREATE FUNCTION cleanup_old_conversations(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now() - conversation_retention();
  v_removed bigint;
BEGIN
  IF p_limit IS NULL THEN
    DELETE FROM conversations WHERE "timestamp" <= v_since;
  ELSE
    DELETE FROM conversations WHERE id IN (
      SELECT id FROM conversations WHERE "timestamp" <= v_since
      ORDER BY "timestamp" LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
  END IF;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

-- Moves warnings to the log: who issued them, unless the log has that already, and that they expired, unless they were
-- revoked.
DROP FUNCTION cleanup_expired_warnings();
CREATE FUNCTION cleanup_expired_warnings(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_ids text[];
  v_removed bigint;
BEGIN
  IF p_limit IS NULL THEN
    v_ids := ARRAY(SELECT id FROM warnings WHERE expires_at <= now() FOR UPDATE);
  ELSE
    v_ids := ARRAY(SELECT id FROM warnings WHERE expires_at <= now() ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
  END IF;
  INSERT INTO moderation_log (at, action, warning_id, user_id, reason, actor, warned_at, expired_at)
  SELECT created_at, 'warn', id, user_id, reason, issued_by, created_at, expires_at
  FROM warnings WHERE id = ANY (v_ids)
  ON CONFLICT (warning_id, action) DO NOTHING;
  INSERT INTO moderation_log (at, action, warning_id, user_id, reason, actor, warned_at, expired_at)
  SELECT expires_at, 'expire', id, user_id, reason, 'system', created_at, expires_at
  FROM warnings w WHERE id = ANY (v_ids)
    AND NOT EXISTS (SELECT 1 FROM moderation_log l WHERE l.warning_id = w.id AND l.action = 'unwarn')
  ON CONFLICT (warning_id, action) DO NOTHING;
  DELETE FROM warnings WHERE id = ANY (v_ids);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

DROP FUNCTION cleanup_old_analytics();
CREATE FUNCTION cleanup_old_analytics(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
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
