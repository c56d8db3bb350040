-- What every direct message calls, for half of what it cost, with the same results. Each function does the usual case in
-- few statements, and everything else as before.

-- The usual case: the caller's own lane, a message that nobody has seen, and nothing earlier that waits for others. What
-- the tables looked like when a plan was made does not matter here nor in check_rate_limit: their rows come and go fast.
CREATE OR REPLACE FUNCTION claim_turn(p_message_id text, p_discord_id text, p_channel_id text, p_instance text)
RETURNS TABLE (verdict text, attempts integer, fence bigint) LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_lane lanes;
  v_turn turns;
BEGIN
  SELECT * INTO v_lane FROM lanes WHERE discord_id = p_discord_id FOR UPDATE;
  IF NOT FOUND OR v_lane.active_at < now() - interval '1 minute' THEN
    v_lane := lock_lane(p_discord_id, p_instance);
  END IF;
  IF v_lane.instance_id = p_instance THEN
    INSERT INTO turns (message_id, discord_id, channel_id, instance_id, fence, attempts)
      SELECT p_message_id, p_discord_id, p_channel_id, p_instance, v_lane.fence, 1
      WHERE NOT EXISTS (
        SELECT FROM turns t WHERE t.discord_id = p_discord_id AND t.finished_at IS NULL
          AND t.instance_id IS DISTINCT FROM p_instance
          AND (length(t.message_id), t.message_id COLLATE "C") < (length(p_message_id), p_message_id COLLATE "C")
      )
      ON CONFLICT (message_id) DO NOTHING;
    IF FOUND THEN
      verdict := 'mine';
      attempts := 1;
      fence := v_lane.fence;
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
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

-- One statement locks what hold_user and the row's making would, in the same order; it waits for whoever erases or counts,
-- and gives what they left. The order of `timestamps` says nothing.
CREATE OR REPLACE FUNCTION check_rate_limit(p_discord_id text, p_max integer, p_window_ms bigint, p_at_ms bigint, p_key text)
RETURNS TABLE (allowed boolean, current integer, oldest_ms bigint, counts jsonb)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_user_id bigint;
  v_timestamps jsonb;
  v_erased timestamptz;
  v_kept jsonb := jsonb_build_object('after', p_at_ms - 2 * p_window_ms);
  v_expired jsonb;
  v_at_ms bigint;
BEGIN
  SELECT r.user_id, r.timestamps, r.keys, greatest(r.erased_before, u.forgotten_before, e.value::timestamptz)
    INTO v_user_id, v_timestamps, counts, v_erased
    FROM users u, settings e, rate_limits r
    WHERE u.discord_id = p_discord_id AND e.name = 'forgotten_before' AND r.user_id = u.id
    FOR SHARE OF u, e FOR UPDATE OF r;
  IF NOT FOUND THEN
    v_user_id := hold_user(p_discord_id, NULL, NULL);
    -- One statement makes and locks the row: between two, something else could take it away.
    INSERT INTO rate_limits AS r (user_id) VALUES (v_user_id) ON CONFLICT (user_id) DO UPDATE SET updated_at = now()
      RETURNING r.timestamps, r.keys, greatest(r.erased_before, forgotten_before(p_discord_id))
      INTO v_timestamps, counts, v_erased;
  END IF;
  v_timestamps := jsonb_path_query_array(v_timestamps, '$[*] ? (@ > $after)', v_kept);
  v_expired := jsonb_path_query_array(counts, '$.keyvalue() ? (@.value <= $after).key', v_kept);
  IF jsonb_array_length(v_expired) > 8 THEN
    counts := (
      SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}')
      FROM jsonb_each(counts) k WHERE k.value::bigint > p_at_ms - 2 * p_window_ms
    );
  ELSE
    FOR i IN 0..jsonb_array_length(v_expired) - 1 LOOP
      counts := counts - (v_expired->>i);
    END LOOP;
  END IF;
  current := 0;
  FOR i IN 0..jsonb_array_length(v_timestamps) - 1 LOOP
    v_at_ms := (v_timestamps->i)::bigint;
    IF abs(v_at_ms - p_at_ms) < p_window_ms THEN
      current := current + 1;
      oldest_ms := least(oldest_ms, v_at_ms);
    END IF;
  END LOOP;
  allowed := jsonb_exists(counts, p_key);
  IF NOT allowed AND (p_max IS NULL OR current < p_max) THEN
    allowed := true;
    IF p_at_ms > 1000 * extract(epoch FROM v_erased) THEN
      current := current + 1;
      oldest_ms := least(oldest_ms, p_at_ms);
      v_timestamps := v_timestamps || to_jsonb(p_at_ms);
      counts := counts || jsonb_build_object(p_key, p_at_ms);
    END IF;
  END IF;
  UPDATE rate_limits SET timestamps = v_timestamps, keys = counts, updated_at = now() WHERE user_id = v_user_id;
  RETURN NEXT;
END $$;
-- Every message writes a new version of such a row: there is room for it on the same page, so that indexes stay as they are.
ALTER TABLE rate_limits SET (fillfactor = 50);

-- A range from (user, since) to the user's end, in its order: that is the index of a person's exchanges, read backwards.
-- Written as an equality, the exchanges of everybody might be read by their time until enough are this person's.
CREATE OR REPLACE FUNCTION get_recent_exchanges(p_discord_id text, p_limit integer)
RETURNS TABLE (user_message text, ai_response text, "timestamp" timestamptz, key text) LANGUAGE sql STABLE AS $$
  SELECT recent.user_message, recent.ai_response, recent."timestamp", recent.key
  FROM (
    SELECT u.id, greatest(
      u.flushed_before, u.forgotten_before,
      (SELECT value::timestamptz FROM settings WHERE name = 'flushed_before'),
      (SELECT value::timestamptz FROM settings WHERE name = 'forgotten_before'),
      now() - coalesce((SELECT value::numeric FROM settings WHERE name = 'conversation_retention_hours'), 24) * interval '1 hour'
    ) AS since
    FROM users u WHERE u.discord_id = p_discord_id
  ) person, LATERAL (
    SELECT c.id, c.user_message, c.ai_response, c."timestamp", c.key
    FROM conversations c
    WHERE (c.user_id, c."timestamp") > (person.id, person.since) AND c.user_id <= person.id
    ORDER BY c.user_id DESC, c."timestamp" DESC, c.id DESC
    LIMIT greatest(p_limit, 0)
  ) recent
  ORDER BY recent."timestamp", recent.id
$$;

-- One statement locks what hold_user would, in the same order, and gives the moments as they are from then on.
CREATE OR REPLACE FUNCTION save_conversation(
  p_discord_id text, p_username text, p_user_message text, p_ai_response text, p_at timestamptz, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint;
  v_erased timestamptz;
BEGIN
  SELECT u.id, greatest(u.flushed_before, u.forgotten_before, f.value::timestamptz, e.value::timestamptz)
    INTO v_user_id, v_erased
    FROM users u, settings f, settings e
    WHERE u.discord_id = p_discord_id AND (p_username IS NULL OR u.username = p_username)
      AND f.name = 'flushed_before' AND e.name = 'forgotten_before'
    FOR SHARE OF u, f, e;
  IF NOT FOUND THEN
    v_user_id := hold_user(p_discord_id, p_username, p_at);
    v_erased := erased_before(p_discord_id);
  END IF;
  INSERT INTO conversations (user_id, "timestamp", user_message, ai_response, key)
  SELECT v_user_id, p_at, p_user_message, p_ai_response, p_key WHERE p_at > v_erased
  ON CONFLICT (key) DO NOTHING;
END $$;

-- The moment of a flush says nothing about statistics, and is not waited for.
CREATE OR REPLACE FUNCTION log_message(
  p_discord_id text, p_username text, p_at timestamptz, p_channel_type text, p_message_type text,
  p_response_time_ms integer, p_tokens integer, p_key text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_user_id bigint;
  v_erased timestamptz;
BEGIN
  SELECT u.id, greatest(u.forgotten_before, e.value::timestamptz) INTO v_user_id, v_erased
    FROM users u, settings e
    WHERE u.discord_id = p_discord_id AND (p_username IS NULL OR u.username = p_username) AND e.name = 'forgotten_before'
    FOR SHARE OF u, e;
  IF NOT FOUND THEN
    v_user_id := hold_user(p_discord_id, p_username, p_at);
    v_erased := forgotten_before(p_discord_id);
  END IF;
  INSERT INTO message_stats (user_id, "timestamp", channel_type, message_type, response_time_ms, tokens, key)
  SELECT v_user_id, p_at, p_channel_type, p_message_type, p_response_time_ms, p_tokens, p_key
  WHERE p_at > v_erased
  ON CONFLICT (key) DO NOTHING;
END $$;

-- A statement that adds one row, as they nearly all do, is noted by a single insert.
CREATE OR REPLACE FUNCTION note_message_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_cursor refcursor;
  v_change message_changes;
  v_changes message_changes[] := '{}';
  v_is_last boolean := false;
  v_chance double precision := random() * 100;
BEGIN
  IF TG_OP = 'INSERT' AND v_chance >= 1 THEN
    WITH first_two AS MATERIALIZED (SELECT user_id, "timestamp", message_type, response_time_ms FROM added LIMIT 2)
    INSERT INTO message_changes (user_id, hour, message_type, n, times, time_sum)
    SELECT user_id, start_of_hour("timestamp"), message_type,
      1, CASE WHEN response_time_ms IS NULL THEN 0 ELSE 1 END, coalesce(response_time_ms, 0)
    FROM first_two WHERE (SELECT count(*) FROM first_two) = 1;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
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
      IF (TG_OP <> 'INSERT' OR cardinality(v_changes) > v_chance) AND may_fold('message_hours') THEN
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
