DROP FUNCTION get_n8n_memory(text);
DROP FUNCTION flush_all_n8n_memory();
DROP FUNCTION count_forgettable();

CREATE OR REPLACE FUNCTION mark_forgotten(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
BEGIN
  -- A second time changes nothing: the user may have written again since, under a name.
  UPDATE users SET forgotten_before = p_at, username = discord_id
    WHERE id = v_user_id AND p_at > coalesce(forgotten_before, '-infinity');
  PERFORM notify_erased(p_discord_id, p_at, 'everything');
  RETURN v_user_id;
END $$;

CREATE OR REPLACE FUNCTION forget_user(p_discord_id text, p_at timestamptz)
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := mark_forgotten(p_discord_id, p_at);
BEGIN
  DELETE FROM conversations WHERE user_id = v_user_id AND "timestamp" <= p_at;
  GET DIAGNOSTICS exchanges = ROW_COUNT;
  statistics := erase_statistics(v_user_id, p_at);
  rate_limit_counts := erase_counts(v_user_id, p_at);
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION forget_everyone(p_at timestamptz)
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint) LANGUAGE plpgsql SET datestyle = 'ISO' AS $$
BEGIN
  INSERT INTO settings (name, value) VALUES ('forgotten_before', p_at::text)
  ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS exchanges = ROW_COUNT;
  statistics := erase_statistics(NULL, p_at);
  rate_limit_counts := erase_counts(NULL, p_at);
  PERFORM notify_erased(NULL, p_at, 'everything');
  RETURN NEXT;
END $$;

DROP FUNCTION mark_everyone_forgotten(timestamptz);
DROP FUNCTION erase_empty_limits(bigint, timestamptz);

CREATE OR REPLACE FUNCTION flush_user_conversations(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  -- Made if need be: the first thing that somebody says may still be on its way.
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
  v_removed bigint;
BEGIN
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
  INSERT INTO settings (name, value) VALUES ('flushed_before', p_at::text)
  ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  PERFORM notify_erased(NULL, p_at, 'conversations');
  RETURN v_removed;
END $$;

DROP FUNCTION enter_erasing(boolean);
