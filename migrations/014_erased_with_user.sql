-- What goes when its user is forgotten is noted by the plugin that has it, in its own migration: nobody has to write
-- forget_user and forget_everyone anew, and plugins come and go in any order.

-- Tables that have a column user_id, each with the column that says when what a row tells happened.
CREATE TABLE erased_with_user (
  table_name text PRIMARY KEY,
  moment_column text NOT NULL
);

-- Takes the rows of these tables up to a moment away, of one user or (NULL) of everyone.
CREATE FUNCTION erase_with_user(p_user_id bigint, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v erased_with_user;
BEGIN
  -- In one order, so that two that erase do not wait for each other.
  FOR v IN SELECT * FROM erased_with_user ORDER BY table_name LOOP
    EXECUTE format('DELETE FROM %I WHERE ($1 IS NULL OR user_id = $1) AND %I <= $2', v.table_name, v.moment_column)
      USING p_user_id, p_at;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION forget_user(p_discord_id text, p_at timestamptz)
RETURNS TABLE (exchanges bigint, statistics bigint, rate_limit_counts bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint := mark_forgotten(p_discord_id, p_at);
BEGIN
  DELETE FROM conversations WHERE user_id = v_user_id AND "timestamp" <= p_at;
  GET DIAGNOSTICS exchanges = ROW_COUNT;
  PERFORM erase_with_user(v_user_id, p_at);
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
  PERFORM erase_with_user(NULL, p_at);
  -- Last, because whoever writes a message waits for these rows.
  rate_limit_counts := erase_counts(NULL, p_at);
  PERFORM erase_empty_limits(NULL, p_at);
  RETURN NEXT;
END $$;
