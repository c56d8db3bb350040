-- Who writes to the bot, what was said, how often, and who was warned.

-- Retentions, written by the bot at start so that these functions and the bot follow the same rule.
CREATE TABLE settings (
  name text PRIMARY KEY,
  value text NOT NULL
);
-- Nothing that anyone said before this moment may be stored or recalled: an admin erased it.
INSERT INTO settings (name, value) VALUES ('flushed_before', '-infinity');

CREATE TABLE users (
  id bigserial PRIMARY KEY,
  discord_id text NOT NULL CONSTRAINT users_discord_id_unique UNIQUE,
  username text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Nothing that was said before this moment may be stored or recalled: the user erased it. NULL: never.
  flushed_before timestamptz
);

CREATE TABLE conversations (
  id bigserial PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT conversations_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  "timestamp" timestamptz NOT NULL DEFAULT now(),
  user_message text NOT NULL,
  ai_response text NOT NULL,
  -- Names the write, so that a second attempt at it changes nothing. Rows written by hand have none.
  key text CONSTRAINT conversations_key_unique UNIQUE
);
CREATE INDEX conversations_user_id_timestamp_index ON conversations (user_id, "timestamp");
CREATE INDEX conversations_timestamp_index ON conversations ("timestamp");

CREATE TABLE rate_limits (
  user_id bigint PRIMARY KEY CONSTRAINT rate_limits_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  -- Milliseconds since 1970 of the counted messages; a window longer than counts, for those that come late.
  timestamps jsonb NOT NULL DEFAULT '[]',
  -- The counted messages by key, so that one message counts once.
  keys jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE warnings (
  id text PRIMARY KEY DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12),
  user_id bigint NOT NULL CONSTRAINT warnings_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  reason text NOT NULL,
  -- The moderator's Discord id, or 'automation'.
  issued_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  key text CONSTRAINT warnings_key_unique UNIQUE
);
CREATE INDEX warnings_user_id_expires_at_index ON warnings (user_id, expires_at);

-- One row for each message that an instance of the bot took on; no texts.
CREATE TABLE turns (
  message_id text PRIMARY KEY,
  discord_id text NOT NULL,
  channel_id text NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);

CREATE FUNCTION get_or_create_user(p_discord_id text, p_username text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
BEGIN
  -- Read first: an unchanged user costs no write.
  SELECT id INTO v_id FROM users WHERE discord_id = p_discord_id AND (p_username IS NULL OR username = p_username);
  IF v_id IS NULL THEN
    INSERT INTO users (discord_id, username) VALUES (p_discord_id, coalesce(p_username, p_discord_id))
    ON CONFLICT (discord_id) DO UPDATE SET username = coalesce(p_username, users.username)
    RETURNING id INTO v_id;
  END IF;
  RETURN v_id;
END $$;

-- The moment before which this user's conversations are erased.
CREATE FUNCTION erased_before(p_discord_id text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest(
    (SELECT flushed_before FROM users WHERE discord_id = p_discord_id),
    (SELECT value::timestamptz FROM settings WHERE name = 'flushed_before'),
    '-infinity'
  )
$$;

CREATE FUNCTION conversation_retention() RETURNS interval LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT value::numeric FROM settings WHERE name = 'conversation_retention_hours'), 24) * interval '1 hour'
$$;

-- Stores one exchange unless it was stored before (same key) or erased since it was said.
CREATE FUNCTION save_conversation(
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

-- The newest exchanges of a user, oldest first.
CREATE FUNCTION get_user_context(p_discord_id text, p_limit integer)
RETURNS TABLE (user_message text, ai_response text, "timestamp" timestamptz) LANGUAGE sql STABLE AS $$
  SELECT recent.user_message, recent.ai_response, recent."timestamp"
  FROM (
    SELECT c.id, c.user_message, c.ai_response, c."timestamp"
    FROM conversations c
    WHERE c.user_id = (SELECT u.id FROM users u WHERE u.discord_id = p_discord_id)
      AND c."timestamp" > now() - conversation_retention()
      AND c."timestamp" > erased_before(p_discord_id)
    ORDER BY c."timestamp" DESC, c.id DESC
    LIMIT greatest(p_limit, 0)
  ) recent
  ORDER BY recent."timestamp", recent.id
$$;

-- Counts one message against a sliding window. Exact under concurrency: every caller waits for the row's lock.
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
