-- What a person asked to be erased stays erased, whatever is written late: by a replay, another instance, or a turn
-- that was under way. Every write compares the time of what happened with the moments of erasure.

-- Nothing that is kept about the user from before this moment may come back, warnings excepted. NULL: never erased.
ALTER TABLE users ADD COLUMN forgotten_before timestamptz;
-- Messages from before this moment are not counted any more. NULL: never reset.
ALTER TABLE rate_limits ADD COLUMN erased_before timestamptz;
-- The same as users.forgotten_before, for everyone.
INSERT INTO settings (name, value) VALUES ('forgotten_before', '-infinity');

-- The moment before which everything about this user is erased.
CREATE FUNCTION forgotten_before(p_discord_id text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest(
    (SELECT u.forgotten_before FROM users u WHERE u.discord_id = p_discord_id),
    (SELECT value::timestamptz FROM settings WHERE name = 'forgotten_before'),
    '-infinity'
  )
$$;

CREATE OR REPLACE FUNCTION erased_before(p_discord_id text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest(
    (SELECT flushed_before FROM users WHERE discord_id = p_discord_id),
    (SELECT value::timestamptz FROM settings WHERE name = 'flushed_before'),
    forgotten_before(p_discord_id)
  )
$$;

-- Tells every instance that something was erased, so that their memories erase it too; person null: everyone.
CREATE FUNCTION notify_erased(p_discord_id text, p_before timestamptz, p_scope text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('steward_erased', json_build_object(
    'person', p_discord_id,
    'before', to_char(p_before AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'scope', p_scope
  )::text)
$$;

-- The user whom a write is about, made if need be, with the name of the time unless that was forgotten since. Holds
-- the moments of erasure until the end of the transaction, so that an erasing at the same time either finds what is
-- written or is found by it.
CREATE FUNCTION hold_user(p_discord_id text, p_username text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
  v_is_known boolean;
BEGIN
  SELECT id INTO v_id FROM users
    WHERE discord_id = p_discord_id AND (p_username IS NULL OR username = p_username) FOR SHARE;
  v_is_known := v_id IS NOT NULL;
  IF NOT v_is_known THEN
    v_id := get_or_create_user(p_discord_id, NULL);
    -- Two that shared the row and both want to write the name would wait for each other.
    PERFORM 1 FROM users WHERE id = v_id FOR NO KEY UPDATE;
  END IF;
  PERFORM 1 FROM settings WHERE name IN ('flushed_before', 'forgotten_before') ORDER BY name FOR SHARE;
  IF NOT v_is_known AND p_at > forgotten_before(p_discord_id) THEN
    UPDATE users SET username = p_username WHERE id = v_id AND username <> p_username;
  END IF;
  RETURN v_id;
END $$;

CREATE OR REPLACE FUNCTION save_conversation(
  p_discord_id text, p_username text, p_user_message text, p_ai_response text, p_at timestamptz, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, p_username, p_at);
BEGIN
  INSERT INTO conversations (user_id, "timestamp", user_message, ai_response, key)
  SELECT v_user_id, p_at, p_user_message, p_ai_response, p_key WHERE p_at > erased_before(p_discord_id)
  ON CONFLICT (key) DO NOTHING;
END $$;

-- get_user_context with the keys of the writes, for the bot itself.
CREATE FUNCTION get_recent_exchanges(p_discord_id text, p_limit integer)
RETURNS TABLE (user_message text, ai_response text, "timestamp" timestamptz, key text) LANGUAGE sql STABLE AS $$
  SELECT recent.user_message, recent.ai_response, recent."timestamp", recent.key
  FROM (
    SELECT c.id, c.user_message, c.ai_response, c."timestamp", c.key
    FROM conversations c
    WHERE c.user_id = (SELECT u.id FROM users u WHERE u.discord_id = p_discord_id)
      AND c."timestamp" > now() - conversation_retention()
      AND c."timestamp" > erased_before(p_discord_id)
    ORDER BY c."timestamp" DESC, c.id DESC
    LIMIT greatest(p_limit, 0)
  ) recent
  ORDER BY recent."timestamp", recent.id
$$;

-- Counts one answered chat or one command that ran, unless it was counted before (same key) or forgotten since.
CREATE FUNCTION log_message(
  p_discord_id text, p_username text, p_at timestamptz, p_channel_type text, p_message_type text,
  p_response_time_ms integer, p_tokens integer, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, p_username, p_at);
BEGIN
  INSERT INTO message_stats (user_id, "timestamp", channel_type, message_type, response_time_ms, tokens, key)
  SELECT v_user_id, p_at, p_channel_type, p_message_type, p_response_time_ms, p_tokens, p_key
  WHERE p_at > forgotten_before(p_discord_id)
  ON CONFLICT (key) DO NOTHING;
END $$;

CREATE FUNCTION log_command(
  p_discord_id text, p_username text, p_at timestamptz, p_command_name text,
  p_automated boolean, p_success boolean, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, p_username, p_at);
BEGIN
  INSERT INTO command_usage (user_id, executed_at, command_name, automated, success, key)
  SELECT v_user_id, p_at, p_command_name, p_automated, p_success, p_key
  WHERE p_at > forgotten_before(p_discord_id)
  ON CONFLICT (key) DO NOTHING;
END $$;

-- Warns, once under one key; returns how many warnings count at p_now. Exact under concurrency: warnings of one user
-- wait for each other, so that each sees the earlier ones.
CREATE FUNCTION add_warning(
  p_discord_id text, p_username text, p_id text, p_reason text, p_issued_by text,
  p_at timestamptz, p_expires_at timestamptz, p_key text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
BEGIN
  PERFORM 1 FROM users WHERE id = v_user_id FOR NO KEY UPDATE;
  PERFORM hold_user(p_discord_id, p_username, p_at);
  -- Ids are short: where another warning has this one already, it is made longer.
  IF EXISTS (SELECT 1 FROM warnings WHERE id = p_id AND key IS DISTINCT FROM p_key) THEN
    p_id := p_id || left(md5(p_key), 4);
  END IF;
  INSERT INTO warnings (id, user_id, reason, issued_by, created_at, expires_at, key)
  VALUES (p_id, v_user_id, p_reason, p_issued_by, p_at, p_expires_at, p_key)
  ON CONFLICT (key) DO NOTHING;
  RETURN (SELECT count(*) FROM warnings WHERE user_id = v_user_id AND expires_at > p_now);
END $$;

-- Counts one message against a sliding window, p_max NULL: whether there is room or not, because it was let in.
-- Exact under concurrency: every caller waits for the row's lock. `counts` is what is kept, milliseconds by key.
DROP FUNCTION check_rate_limit(text, integer, bigint, bigint, text);
CREATE FUNCTION check_rate_limit(p_discord_id text, p_max integer, p_window_ms bigint, p_at_ms bigint, p_key text)
RETURNS TABLE (allowed boolean, current integer, oldest_ms bigint, counts jsonb) LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, NULL, NULL);
  v_erased_ms numeric;
  v rate_limits;
BEGIN
  -- One statement makes and locks the row: between two, something else could take it away.
  INSERT INTO rate_limits (user_id) VALUES (v_user_id)
    ON CONFLICT (user_id) DO UPDATE SET updated_at = now() RETURNING * INTO v;
  v_erased_ms := 1000 * extract(epoch FROM greatest(v.erased_before, forgotten_before(p_discord_id)));
  SELECT coalesce(jsonb_agg(t ORDER BY t::bigint), '[]') INTO v.timestamps
    FROM jsonb_array_elements(v.timestamps) t WHERE t::bigint > p_at_ms - 2 * p_window_ms;
  SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}') INTO v.keys
    FROM jsonb_each(v.keys) k WHERE k.value::bigint > p_at_ms - 2 * p_window_ms;
  SELECT count(*), min(t::bigint) INTO current, oldest_ms
    FROM jsonb_array_elements(v.timestamps) t WHERE abs(t::bigint - p_at_ms) < p_window_ms;
  allowed := jsonb_exists(v.keys, p_key);
  IF NOT allowed AND (p_max IS NULL OR current < p_max) THEN
    allowed := true;
    IF p_at_ms > v_erased_ms THEN
      current := current + 1;
      oldest_ms := least(oldest_ms, p_at_ms);
      v.timestamps := v.timestamps || to_jsonb(p_at_ms);
      v.keys := v.keys || jsonb_build_object(p_key, p_at_ms);
    END IF;
  END IF;
  UPDATE rate_limits SET timestamps = v.timestamps, keys = v.keys WHERE user_id = v.user_id;
  counts := v.keys;
  RETURN NEXT;
END $$;

-- Takes counted messages away, of one user or (NULL) of everyone; returns their number.
CREATE FUNCTION erase_counts(p_user_id bigint, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_at_ms numeric := 1000 * extract(epoch FROM p_at);
  v_removed bigint;
BEGIN
  -- So that what is counted is what is taken away.
  PERFORM 1 FROM rate_limits WHERE p_user_id IS NULL OR user_id = p_user_id ORDER BY user_id FOR UPDATE;
  SELECT count(*) INTO v_removed FROM rate_limits, jsonb_array_elements(timestamps) t
    WHERE (p_user_id IS NULL OR user_id = p_user_id) AND t::numeric <= v_at_ms;
  UPDATE rate_limits SET
    timestamps = (SELECT coalesce(jsonb_agg(t), '[]') FROM jsonb_array_elements(timestamps) t WHERE t::numeric > v_at_ms),
    keys = (SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}') FROM jsonb_each(keys) k WHERE k.value::numeric > v_at_ms)
  WHERE p_user_id IS NULL OR user_id = p_user_id;
  RETURN v_removed;
END $$;

-- Takes a user's counts up to a moment away; what comes later from before it is not counted any more.
CREATE FUNCTION reset_rate_limit(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, NULL, NULL);
BEGIN
  INSERT INTO rate_limits (user_id, erased_before) VALUES (v_user_id, p_at)
    ON CONFLICT (user_id) DO UPDATE SET erased_before = greatest(rate_limits.erased_before, p_at);
  RETURN erase_counts(v_user_id, p_at);
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

-- Marks that a user wants to be forgotten: nothing from before the moment comes back, nor does the name. Returns the
-- user's id, made if need be.
CREATE FUNCTION mark_forgotten(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
BEGIN
  -- A second time changes nothing: the user may have written again since, under a name.
  UPDATE users SET forgotten_before = p_at, username = discord_id
    WHERE id = v_user_id AND p_at > coalesce(forgotten_before, '-infinity');
  PERFORM notify_erased(p_discord_id, p_at, 'everything');
  RETURN v_user_id;
END $$;

-- Takes statistics up to a moment away, of one user or (NULL) of everyone; returns the number of rows.
CREATE FUNCTION erase_statistics(p_user_id bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql AS $$
  WITH messages AS (
    DELETE FROM message_stats WHERE (p_user_id IS NULL OR user_id = p_user_id) AND "timestamp" <= p_at RETURNING 1
  ), commands AS (
    DELETE FROM command_usage WHERE (p_user_id IS NULL OR user_id = p_user_id) AND executed_at <= p_at RETURNING 1
  )
  SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM commands)
$$;

-- The statistics' part of forgetting a user.
CREATE FUNCTION forget_statistics(p_discord_id text, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := mark_forgotten(p_discord_id, p_at);
BEGIN
  RETURN erase_statistics(v_user_id, p_at);
END $$;

-- Erases everything about a user up to a moment but the warnings; the user's name becomes the id. Returns what went.
CREATE FUNCTION forget_user(p_discord_id text, p_at timestamptz)
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

-- The same for everyone; users keep their names.
CREATE FUNCTION forget_everyone(p_at timestamptz)
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
