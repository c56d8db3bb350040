-- What 011 made is put back as it was.
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

DROP FUNCTION erase_with_user(bigint, timestamptz);
DROP TABLE erased_with_user;
