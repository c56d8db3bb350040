-- A small list for each person.

CREATE TABLE wish_list_entries (
  -- Names the write, so that a second attempt at it changes nothing.
  key text PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT wish_list_entries_user_id_foreign REFERENCES users (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  text text NOT NULL
);
CREATE INDEX wish_list_entries_user_id_at_index ON wish_list_entries (user_id, at);
CREATE INDEX wish_list_entries_at_index ON wish_list_entries (at);

-- Its rows go when their user is forgotten, by forget_user and forget_everyone.
INSERT INTO erased_with_user (table_name, moment_column) VALUES ('wish_list_entries', 'at');

-- Adds an entry, unless it was added before (same key) or the user was forgotten since.
CREATE FUNCTION add_wish_list_entry(p_discord_id text, p_username text, p_text text, p_at timestamptz, p_key text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := hold_user(p_discord_id, p_username, p_at);
BEGIN
  INSERT INTO wish_list_entries (key, user_id, at, text)
  SELECT p_key, v_user_id, p_at, p_text WHERE p_at > forgotten_before(p_discord_id)
  ON CONFLICT (key) DO NOTHING;
END $$;

-- Removes the entries whose time has passed and that nobody else works on, at most p_limit of them, so that a batch holds
-- nobody up. Returns how many.
CREATE FUNCTION cleanup_wish_list_entries(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now()
    - coalesce((SELECT value::numeric FROM settings WHERE name = 'wish_list_entry_days'), 90) * interval '1 day';
  v_removed bigint;
BEGIN
  DELETE FROM wish_list_entries WHERE key IN (
    SELECT key FROM wish_list_entries WHERE at <= v_since ORDER BY at LIMIT p_limit FOR UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;
