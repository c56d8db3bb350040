-- A batch is chosen once. Below IN, PostgreSQL may choose it anew for each row that it looks at, and then removes more than
-- p_limit: https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-IN

CREATE OR REPLACE FUNCTION cleanup_old_conversations(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now() - conversation_retention();
  v_removed bigint;
BEGIN
  IF p_limit IS NULL THEN
    DELETE FROM conversations WHERE "timestamp" <= v_since;
  ELSE
    DELETE FROM conversations WHERE id = ANY (ARRAY(
      SELECT id FROM conversations WHERE "timestamp" <= v_since
      ORDER BY "timestamp" LIMIT greatest(p_limit, 0) FOR UPDATE SKIP LOCKED
    ));
  END IF;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

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
    DELETE FROM message_stats WHERE id = ANY (ARRAY(
      SELECT id FROM message_stats WHERE "timestamp" <= v_since
      ORDER BY "timestamp" LIMIT greatest(p_limit, 0) FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS v_messages = ROW_COUNT;
    DELETE FROM command_usage WHERE id = ANY (ARRAY(
      SELECT id FROM command_usage WHERE executed_at <= v_since
      ORDER BY executed_at LIMIT greatest(p_limit - v_messages, 0) FOR UPDATE SKIP LOCKED
    ));
  END IF;
  GET DIAGNOSTICS v_commands = ROW_COUNT;
  -- What others noted while this one alone could fold is folded too, also where nobody writes any more.
  IF may_fold('message_hours') THEN
    WHILE fold_message_changes() = 5000 LOOP
    END LOOP;
  END IF;
  IF may_fold('command_hours') THEN
    WHILE fold_command_changes() = 5000 LOOP
    END LOOP;
  END IF;
  RETURN v_messages + v_commands;
END $$;
