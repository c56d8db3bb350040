-- Every action of a moderator is on record at once; warnings can be revoked.

-- Names what was written: a second attempt at it is known again.
ALTER TABLE moderation_log ADD COLUMN key text;
ALTER TABLE moderation_log ADD CONSTRAINT moderation_log_action_key_unique UNIQUE (action, key);

INSERT INTO moderation_log (at, action, warning_id, user_id, reason, actor, warned_at, expired_at, key)
SELECT created_at, 'warn', id, user_id, reason, issued_by, created_at, expires_at, key FROM warnings
ON CONFLICT (warning_id, action) DO UPDATE SET key = excluded.key;

-- Warns, once under one key; returns how many warnings count at p_now. Exact under concurrency: warnings of one user
-- wait for each other, so that each sees the earlier ones.
CREATE OR REPLACE FUNCTION add_warning(
  p_discord_id text, p_username text, p_id text, p_reason text, p_issued_by text,
  p_at timestamptz, p_expires_at timestamptz, p_key text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := get_or_create_user(p_discord_id, NULL);
BEGIN
  PERFORM 1 FROM users WHERE id = v_user_id FOR NO KEY UPDATE;
  PERFORM hold_user(p_discord_id, p_username, p_at);
  -- Not by the warning itself, which may have been cleaned up since.
  IF NOT EXISTS (SELECT 1 FROM moderation_log WHERE action = 'warn' AND key = p_key) THEN
    -- Ids are short: where another warning has or had this one already, it is made longer.
    IF EXISTS (SELECT 1 FROM warnings WHERE id = p_id AND key IS DISTINCT FROM p_key)
      OR EXISTS (SELECT 1 FROM moderation_log WHERE warning_id = p_id)
    THEN
      p_id := p_id || left(md5(p_key), 4);
    END IF;
    INSERT INTO warnings (id, user_id, reason, issued_by, created_at, expires_at, key)
    VALUES (p_id, v_user_id, p_reason, p_issued_by, p_at, p_expires_at, p_key)
    ON CONFLICT (key) DO NOTHING;
    INSERT INTO moderation_log (at, action, warning_id, user_id, reason, actor, warned_at, expired_at, key)
    SELECT created_at, 'warn', id, user_id, reason, issued_by, created_at, expires_at, key
    FROM warnings WHERE key = p_key
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN (SELECT count(*) FROM warnings WHERE user_id = v_user_id AND expires_at > p_now);
END $$;

-- Revokes a user's warning from p_at on, once under one key; returns what became of it: 'revoked', 'alreadyRevoked',
-- 'alreadyExpired' or 'unknown'.
CREATE FUNCTION revoke_warning(p_discord_id text, p_id text, p_revoked_by text, p_at timestamptz, p_key text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := (SELECT id FROM users WHERE discord_id = p_discord_id);
  v warnings;
  v_key text;
BEGIN
  SELECT * INTO v FROM warnings WHERE id = p_id AND user_id = v_user_id FOR UPDATE;
  SELECT key INTO v_key FROM moderation_log WHERE warning_id = p_id AND action = 'unwarn' AND user_id = v_user_id;
  IF FOUND THEN
    RETURN CASE WHEN v_key = p_key THEN 'revoked' ELSE 'alreadyRevoked' END;
  END IF;
  IF v.id IS NULL THEN
    RETURN CASE
      WHEN EXISTS (SELECT 1 FROM moderation_log WHERE warning_id = p_id AND user_id = v_user_id) THEN 'alreadyExpired'
      ELSE 'unknown'
    END;
  END IF;
  IF v.expires_at <= p_at THEN
    RETURN 'alreadyExpired';
  END IF;
  -- Whatever clocks say, it does not end before it began.
  v.expires_at := greatest(p_at, v.created_at);
  UPDATE warnings SET expires_at = v.expires_at WHERE id = p_id;
  INSERT INTO moderation_log (at, action, warning_id, user_id, reason, actor, warned_at, expired_at, key)
  VALUES (v.expires_at, 'unwarn', p_id, v_user_id, v.reason, p_revoked_by, v.created_at, v.expires_at, p_key);
  RETURN 'revoked';
END $$;

-- Every warning there ever was, each once: those that count, and those that the cleanup moved to the log.
CREATE VIEW warning_history AS
SELECT u.discord_id, u.username, w.id, w.reason, w.issued_by, w.created_at, w.expires_at, r.actor AS revoked_by
FROM warnings w
JOIN users u ON u.id = w.user_id
LEFT JOIN moderation_log r ON r.warning_id = w.id AND r.action = 'unwarn'
UNION ALL
SELECT u.discord_id, u.username, l.warning_id, l.reason, l.actor, coalesce(l.warned_at, l.at),
  -- What is in neither way at its end was taken out by hand.
  coalesce(r.at, e.at, least(l.expired_at, now()), l.at), r.actor
FROM moderation_log l
JOIN users u ON u.id = l.user_id
LEFT JOIN moderation_log r ON r.warning_id = l.warning_id AND r.action = 'unwarn'
LEFT JOIN moderation_log e ON e.warning_id = l.warning_id AND e.action = 'expire'
WHERE l.action = 'warn' AND NOT EXISTS (SELECT 1 FROM warnings w WHERE w.id = l.warning_id);
