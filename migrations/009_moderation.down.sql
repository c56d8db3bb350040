DROP VIEW warning_history;
DROP FUNCTION revoke_warning(text, text, text, timestamptz, text);

CREATE OR REPLACE FUNCTION add_warning(
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

-- What the log has of warnings stays: the cleanup finds it there.
ALTER TABLE moderation_log DROP COLUMN key;
