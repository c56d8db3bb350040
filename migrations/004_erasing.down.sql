-- What 001 and 002 made is put back as it was.
DROP FUNCTION forget_everyone(timestamptz);
DROP FUNCTION forget_user(text, timestamptz);
DROP FUNCTION forget_statistics(text, timestamptz);
DROP FUNCTION erase_statistics(bigint, timestamptz);
DROP FUNCTION mark_forgotten(text, timestamptz);
DROP FUNCTION reset_rate_limit(text, timestamptz);
DROP FUNCTION erase_counts(bigint, timestamptz);
DROP FUNCTION check_rate_limit(text, integer, bigint, bigint, text);
DROP FUNCTION add_warning(text, text, text, text, text, timestamptz, timestamptz, text, timestamptz);
DROP FUNCTION log_command(text, text, timestamptz, text, boolean, boolean, text);
DROP FUNCTION log_message(text, text, timestamptz, text, text, integer, integer, text);
DROP FUNCTION get_recent_exchanges(text, integer);

CREATE OR REPLACE FUNCTION erased_before(p_discord_id text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest(
    (SELECT flushed_before FROM users WHERE discord_id = p_discord_id),
    (SELECT value::timestamptz FROM settings WHERE name = 'flushed_before'),
    '-infinity'
  )
$$;

CREATE OR REPLACE FUNCTION save_conversation(
  p_discord_id text, p_username text, p_user_message text, p_ai_response text, p_at timestamptz, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := get_or_create_user(p_discord_id, p_username);
BEGIN
  -- So that a flush at the same time either finds this exchange or is found by it.
  PERFORM 1 FROM users WHERE id = v_user_id FOR SHARE;
  PERFORM 1 FROM settings WHERE name = 'flushed_before' FOR SHARE;
  INSERT INTO conversations (user_id, "timestamp", user_message, ai_response, key)
  SELECT v_user_id, p_at, p_user_message, p_ai_response, p_key WHERE p_at > erased_before(p_discord_id)
  ON CONFLICT (key) DO NOTHING;
END $$;

CREATE FUNCTION check_rate_limit(p_discord_id text, p_max integer, p_window_ms bigint, p_at_ms bigint, p_key text)
RETURNS TABLE (allowed boolean, current integer, oldest_ms bigint) LANGUAGE plpgsql AS $$
DECLARE
  v rate_limits;
BEGIN
  -- One statement makes and locks the row: between two, a reset could take it away.
  INSERT INTO rate_limits (user_id) VALUES (get_or_create_user(p_discord_id, NULL))
    ON CONFLICT (user_id) DO UPDATE SET updated_at = now() RETURNING * INTO v;
  SELECT coalesce(jsonb_agg(t ORDER BY t::bigint), '[]') INTO v.timestamps
    FROM jsonb_array_elements(v.timestamps) t WHERE t::bigint > p_at_ms - 2 * p_window_ms;
  SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}') INTO v.keys
    FROM jsonb_each(v.keys) k WHERE k.value::bigint > p_at_ms - 2 * p_window_ms;
  SELECT count(*), min(t::bigint) INTO current, oldest_ms
    FROM jsonb_array_elements(v.timestamps) t WHERE abs(t::bigint - p_at_ms) < p_window_ms;
  allowed := jsonb_exists(v.keys, p_key);
  IF NOT allowed AND current < p_max THEN
    allowed := true;
    current := current + 1;
    oldest_ms := least(oldest_ms, p_at_ms);
    v.timestamps := v.timestamps || to_jsonb(p_at_ms);
    v.keys := v.keys || jsonb_build_object(p_key, p_at_ms);
  END IF;
  UPDATE rate_limits SET timestamps = v.timestamps, keys = v.keys WHERE user_id = v.user_id;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION flush_user_conversations(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION flush_all_conversations(p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_removed bigint;
BEGIN
  INSERT INTO settings (name, value) VALUES ('flushed_before', p_at::text)
  ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  DELETE FROM conversations WHERE "timestamp" <= p_at;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;

DROP FUNCTION hold_user(text, text, timestamptz);
DROP FUNCTION notify_erased(text, timestamptz, text);
DROP FUNCTION forgotten_before(text);
DELETE FROM settings WHERE name = 'forgotten_before';
ALTER TABLE rate_limits DROP COLUMN erased_before;
ALTER TABLE users DROP COLUMN forgotten_before;
