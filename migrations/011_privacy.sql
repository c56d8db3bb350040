-- What is kept about a person can be shown and erased; what is about to be erased can be counted.

-- Who erases everyone's rows waits for all who erase, and they for them: two that delete the same rows in another order
-- would wait for each other. Called before anything is locked; those who erase one user each go side by side.
CREATE FUNCTION enter_erasing(p_is_everyone boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_is_everyone THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('steward: erasing', 0));
  ELSE
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('steward: erasing', 0));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION flush_user_conversations(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint;
  v_removed bigint;
BEGIN
  PERFORM enter_erasing(false);
  -- Made if need be: the first thing that somebody says may still be on its way.
  v_user_id := get_or_create_user(p_discord_id, NULL);
  UPDATE users SET flushed_before = greatest(flushed_before, p_at) WHERE id = v_user_id;
  DELETE FROM conversations WHERE user_id = v_user_id AND "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  PERFORM notify_erased(p_discord_id, p_at, 'conversations');
  RETURN v_removed;
END $$;

-- The moment is written in a form that every session reads alike, whatever its date style.
CREATE OR REPLACE FUNCTION flush_all_conversations(p_at timestamptz) RETURNS bigint LANGUAGE plpgsql SET datestyle = 'ISO' AS $$
DECLARE
  v_removed bigint;
BEGIN
  PERFORM enter_erasing(true);
  INSERT INTO settings (name, value) VALUES ('flushed_before', p_at::text)
  ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  PERFORM notify_erased(NULL, p_at, 'conversations');
  RETURN v_removed;
END $$;

-- Marks that a user wants to be forgotten: nothing from before the moment comes back, nor does the name, nor the time of
-- the first message or of an earlier flush. What stays of the row is the id and the moment: they keep out what is
-- written late.
CREATE OR REPLACE FUNCTION mark_forgotten(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint;
BEGIN
  PERFORM enter_erasing(false);
  v_user_id := get_or_create_user(p_discord_id, NULL);
  -- A second time changes nothing: the user may have written again since, under a name.
  UPDATE users SET forgotten_before = p_at, username = discord_id, created_at = p_at,
    flushed_before = CASE WHEN flushed_before > p_at THEN flushed_before END
    WHERE id = v_user_id AND p_at > coalesce(forgotten_before, '-infinity');
  PERFORM notify_erased(p_discord_id, p_at, 'everything');
  RETURN v_user_id;
END $$;

-- Takes the rows away that count nothing any more and keep nothing out that the moment does not keep out either, of one
-- user or (NULL) of everyone.
CREATE FUNCTION erase_empty_limits(p_user_id bigint, p_at timestamptz) RETURNS void LANGUAGE sql AS $$
  DELETE FROM rate_limits
  WHERE (p_user_id IS NULL OR user_id = p_user_id) AND timestamps = '[]' AND keys = '{}'
    AND coalesce(erased_before, '-infinity') <= p_at
$$;

-- Erases everything about a user up to a moment but the warnings and the moderation log; the user's name becomes the
-- id. Returns what went.
CREATE OR REPLACE FUNCTION forget_user(p_discord_id text, p_at timestamptz)
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := mark_forgotten(p_discord_id, p_at);
BEGIN
  DELETE FROM conversations WHERE user_id = v_user_id AND "timestamp" <= p_at;
  GET DIAGNOSTICS exchanges = ROW_COUNT;
  statistics := erase_statistics(v_user_id, p_at);
  rate_limit_counts := erase_counts(v_user_id, p_at);
  PERFORM erase_empty_limits(v_user_id, p_at);
  RETURN NEXT;
END $$;

-- Marks that everyone is forgotten: nothing from before the moment comes back. Waits for those who write just now, as
-- everyone who writes waits for it.
CREATE FUNCTION mark_everyone_forgotten(p_at timestamptz) RETURNS void LANGUAGE plpgsql SET datestyle = 'ISO' AS $$
BEGIN
  -- Read first: whoever finds the moment there already holds nobody up.
  IF p_at > coalesce((SELECT value::timestamptz FROM settings WHERE name = 'forgotten_before'), '-infinity') THEN
    INSERT INTO settings (name, value) VALUES ('forgotten_before', p_at::text)
    ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  END IF;
  PERFORM notify_erased(NULL, p_at, 'everything');
END $$;

-- As forget_user, for everyone; users keep their names. With millions of rows it takes minutes: who marks everyone in a
-- transaction before it keeps writers from waiting for it.
CREATE OR REPLACE FUNCTION forget_everyone(p_at timestamptz)
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter_erasing(true);
  PERFORM mark_everyone_forgotten(p_at);
  statistics := erase_statistics(NULL, p_at);
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS exchanges = ROW_COUNT;
  -- Last, because whoever writes a message waits for these rows.
  rate_limit_counts := erase_counts(NULL, p_at);
  PERFORM erase_empty_limits(NULL, p_at);
  RETURN NEXT;
END $$;

-- What forget_everyone would erase, and n8n's memory beside it; NULL where it is another role's and cannot be read.
CREATE FUNCTION count_forgettable()
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint, n8n_messages bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
  exchanges := (SELECT count(*) FROM conversations);
  statistics := (SELECT count(*) FROM message_stats) + (SELECT count(*) FROM command_usage);
  rate_limit_counts := (SELECT count(*) FROM rate_limits, jsonb_array_elements(timestamps));
  IF to_regclass('n8n_chat_histories') IS NULL THEN
    n8n_messages := 0;
  ELSIF has_table_privilege('n8n_chat_histories', 'SELECT') THEN
    EXECUTE 'SELECT count(*) FROM n8n_chat_histories' INTO n8n_messages;
  END IF;
  RETURN NEXT;
END $$;

-- n8n's own memory of everyone; see flush_n8n_memory.
CREATE FUNCTION flush_all_n8n_memory() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_removed bigint := 0;
BEGIN
  IF to_regclass('n8n_chat_histories') IS NOT NULL THEN
    EXECUTE 'DELETE FROM n8n_chat_histories';
    GET DIAGNOSTICS v_removed = ROW_COUNT;
  END IF;
  RETURN v_removed;
END $$;

-- What n8n's own memory keeps of one user, in its order; see flush_n8n_memory.
CREATE FUNCTION get_n8n_memory(p_discord_id text)
RETURNS TABLE (session_id text, message jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF to_regclass('n8n_chat_histories') IS NOT NULL THEN
    RETURN QUERY EXECUTE 'SELECT session_id::text, message::jsonb FROM n8n_chat_histories
      WHERE session_id = $1 OR starts_with(session_id, $1 || ''__'') ORDER BY id' USING p_discord_id;
  END IF;
END $$;
