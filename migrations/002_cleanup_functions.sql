-- What goes away by age, and what is erased on request. Each function returns the number of rows removed.

CREATE FUNCTION cleanup_old_conversations() RETURNS bigint LANGUAGE sql AS $$
  WITH removed AS (
    DELETE FROM conversations WHERE "timestamp" <= now() - conversation_retention() RETURNING 1
  )
  SELECT count(*) FROM removed
$$;

CREATE FUNCTION cleanup_expired_warnings() RETURNS bigint LANGUAGE sql AS $$
  WITH removed AS (
    DELETE FROM warnings WHERE expires_at <= now() RETURNING 1
  )
  SELECT count(*) FROM removed
$$;

-- Erases what one user said up to a moment; what arrives later from before it is not stored any more.
CREATE FUNCTION flush_user_conversations(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  -- Made if need be: the first thing that somebody says may still be on its way.
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
  v_removed bigint;
BEGIN
  UPDATE users SET flushed_before = greatest(flushed_before, p_at) WHERE id = v_user_id;
  DELETE FROM conversations WHERE user_id = v_user_id AND "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

CREATE FUNCTION flush_all_conversations(p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_removed bigint;
BEGIN
  INSERT INTO settings (name, value) VALUES ('flushed_before', p_at::text)
  ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

-- n8n's own memory of one user. Its table belongs to n8n and may not exist. A session is the user's id, or the id
-- followed by two underscores and the name of the memory node.
CREATE FUNCTION flush_n8n_memory(p_discord_id text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_removed bigint := 0;
BEGIN
  IF to_regclass('n8n_chat_histories') IS NOT NULL THEN
    EXECUTE 'DELETE FROM n8n_chat_histories WHERE session_id = $1 OR starts_with(session_id, $1 || ''__'')' USING p_discord_id;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
  END IF;
  RETURN v_removed;
END $$;
