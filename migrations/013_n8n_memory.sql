-- n8n's own memory, cleared and pruned from outside: its table has no times, so what is known of its people decides.

-- Notes that what one user, or (NULL) everyone, said up to a moment is erased. Committed before n8n's memory is cleared:
-- a turn that writes there meanwhile finds it at its end, or is found by the clearing.
CREATE FUNCTION mark_flushed(p_discord_id text, p_at timestamptz) RETURNS void LANGUAGE plpgsql SET datestyle = 'ISO' AS $$
DECLARE
  v_user_id bigint;
BEGIN
  IF p_discord_id IS NOT NULL THEN
    v_user_id := get_or_create_user(p_discord_id, NULL);
    UPDATE users SET flushed_before = p_at
      WHERE id = v_user_id AND p_at > greatest(flushed_before, forgotten_before, '-infinity');
  ELSIF p_at > (SELECT max(value::timestamptz) FROM settings WHERE name IN ('flushed_before', 'forgotten_before')) THEN
    INSERT INTO settings (name, value) VALUES ('flushed_before', p_at::text)
    ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::timestamptz, p_at)::text;
  END IF;
END $$;

-- Removes the sessions of users from whom nothing came within the retention of conversations, or since their erasing;
-- whole sessions: all, or as many as it takes to p_limit rows. Sessions by other names stay. Returns the number of rows.
CREATE FUNCTION prune_n8n_memory(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_retained timestamptz := now() - conversation_retention();
  v_erased timestamptz := (SELECT max(value::timestamptz) FROM settings WHERE name IN ('flushed_before', 'forgotten_before'));
  v_removed bigint := 0;
BEGIN
  IF to_regclass('n8n_chat_histories') IS NOT NULL THEN
    -- One statement, which sees one state of all tables: what a turn adds that it does not see, it does not see either.
    EXECUTE $sql$
      WITH sessions AS (
        SELECT session_id, count(*) AS n FROM n8n_chat_histories GROUP BY session_id
      ), silent AS (
        SELECT s.session_id, sum(s.n) OVER (ORDER BY s.session_id) - s.n AS n_before
        FROM sessions s
        JOIN users u ON u.discord_id = split_part(s.session_id, '__', 1)
        CROSS JOIN LATERAL (SELECT greatest(u.flushed_before, u.forgotten_before, $2) AS erased) e
        WHERE NOT EXISTS (
            SELECT FROM turns t WHERE t.discord_id = u.discord_id
              -- The command that erases is a turn too, claimed a little later than it was written.
              AND (t.finished_at IS NULL OR t.claimed_at > greatest($1, e.erased + interval '1 minute'))
          )
          AND NOT EXISTS (SELECT FROM conversations c WHERE c.user_id = u.id AND c."timestamp" > greatest($1, e.erased))
          AND NOT EXISTS (SELECT FROM message_stats m WHERE m.user_id = u.id AND m."timestamp" > greatest($1, e.erased))
      )
      DELETE FROM n8n_chat_histories WHERE session_id IN (SELECT session_id FROM silent WHERE $3 IS NULL OR n_before < $3)
    $sql$ USING v_retained, v_erased, p_limit;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
  END IF;
  RETURN v_removed;
END $$;
