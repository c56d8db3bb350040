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
