-- What 004, 005 and 010 made is put back as it was.
CREATE OR REPLACE FUNCTION claim_turn(p_message_id text, p_discord_id text, p_channel_id text, p_instance text)
RETURNS TABLE (verdict text, attempts integer, fence bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_lane lanes := lock_lane(p_discord_id, p_instance);
  v_turn turns;
BEGIN
  IF v_lane.instance_id IS DISTINCT FROM p_instance AND NOT lane_is_held(v_lane)
    AND NOT EXISTS (SELECT FROM turns t WHERE t.message_id = p_message_id AND t.finished_at IS NOT NULL) THEN
    v_lane := take_lane(v_lane, p_instance);
  END IF;
  SELECT * INTO v_turn FROM turns t WHERE t.message_id = p_message_id FOR UPDATE;
  verdict := CASE
    WHEN v_turn.finished_at IS NOT NULL THEN 'done'
    WHEN v_lane.instance_id IS DISTINCT FROM p_instance THEN 'other'
    WHEN v_turn.instance_id = p_instance OR instance_is_alive(v_turn.instance_id) THEN 'other'
    -- Ids are decimal numbers: of two, the longer one is later.
    WHEN EXISTS (
      SELECT FROM turns t WHERE t.discord_id = p_discord_id AND t.finished_at IS NULL
        AND t.instance_id IS DISTINCT FROM p_instance
        AND (length(t.message_id), t.message_id COLLATE "C") < (length(p_message_id), p_message_id COLLATE "C")
    ) THEN 'waiting'
    ELSE 'mine'
  END;
  IF verdict = 'mine' THEN
    INSERT INTO turns AS t (message_id, discord_id, channel_id, instance_id, fence, attempts)
      VALUES (p_message_id, p_discord_id, p_channel_id, p_instance, v_lane.fence, 1)
      ON CONFLICT (message_id) DO UPDATE
        SET instance_id = excluded.instance_id, fence = excluded.fence, attempts = t.attempts + 1
      RETURNING t.* INTO v_turn;
  ELSIF v_turn.message_id IS NULL THEN
    INSERT INTO turns (message_id, discord_id, channel_id) VALUES (p_message_id, p_discord_id, p_channel_id)
      ON CONFLICT (message_id) DO NOTHING;
  END IF;
  attempts := coalesce(v_turn.attempts, 0);
  fence := CASE WHEN v_turn.instance_id = p_instance THEN v_turn.fence END;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION check_rate_limit(p_discord_id text, p_max integer, p_window_ms bigint, p_at_ms bigint, p_key text)
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
ALTER TABLE rate_limits RESET (fillfactor);

CREATE OR REPLACE FUNCTION get_recent_exchanges(p_discord_id text, p_limit integer)
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

CREATE OR REPLACE FUNCTION log_message(
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

CREATE OR REPLACE FUNCTION note_message_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_cursor refcursor;
  v_change message_changes;
  v_changes message_changes[] := '{}';
  v_is_last boolean := false;
BEGIN
  IF TG_OP = 'INSERT' THEN
    OPEN v_cursor FOR
      SELECT user_id, start_of_hour("timestamp"), message_type,
        count(*), count(response_time_ms), coalesce(sum(response_time_ms), 0)::bigint
      FROM added GROUP BY 1, 2, 3 ORDER BY 1;
  ELSIF TG_OP = 'DELETE' THEN
    OPEN v_cursor FOR
      SELECT user_id, start_of_hour("timestamp"), message_type,
        -count(*), -count(response_time_ms), -coalesce(sum(response_time_ms), 0)::bigint
      FROM removed GROUP BY 1, 2, 3 ORDER BY 1;
  ELSE
    OPEN v_cursor FOR
      SELECT user_id, start_of_hour("timestamp"), message_type, sum(n)::bigint,
        coalesce(sum(n) FILTER (WHERE response_time_ms IS NOT NULL), 0)::bigint,
        coalesce(sum(n * response_time_ms::bigint), 0)::bigint
      FROM (SELECT 1 AS n, * FROM added UNION ALL SELECT -1, * FROM removed) rows GROUP BY 1, 2, 3 ORDER BY 1;
  END IF;
  WHILE NOT v_is_last LOOP
    FETCH v_cursor INTO v_change;
    v_is_last := NOT FOUND;
    IF NOT v_is_last THEN
      v_changes := array_append(v_changes, v_change);
    END IF;
    IF cardinality(v_changes) >= (CASE WHEN v_is_last THEN 1 ELSE 5000 END) THEN
      IF (TG_OP <> 'INSERT' OR cardinality(v_changes) > random() * 100) AND may_fold('message_hours') THEN
        -- A new row need not make up for all that piled up behind a long transaction.
        PERFORM fold_message_changes(v_changes, CASE TG_OP WHEN 'INSERT' THEN 500 ELSE 5000 END);
      ELSE
        INSERT INTO message_changes SELECT * FROM unnest(v_changes);
      END IF;
      v_changes := '{}';
    END IF;
  END LOOP;
  CLOSE v_cursor;
  RETURN NULL;
END $$;
DO $do$
BEGIN
  EXECUTE format('ALTER FUNCTION note_message_changes() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END $do$;
