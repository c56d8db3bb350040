-- Who works on which message, when several instances of the bot see them all. Ids and states only, no texts.

-- One row for each running instance. It is alive until its lease ends, by this database's clock.
CREATE TABLE instances (
  id text PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  -- It still answers what it took on, and leaves everything else to the others.
  leaving boolean NOT NULL DEFAULT false
);

-- Who works on a person's messages. Its row is locked by everyone who hands them out.
CREATE TABLE lanes (
  discord_id text PRIMARY KEY,
  instance_id text,
  -- Goes up when the lane changes hands.
  fence bigint NOT NULL,
  active_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE turns
  -- Who works on it. NULL: seen, and nobody does yet.
  ADD COLUMN instance_id text,
  -- Tells one handing out from all others: the lane's fence, or minus the attempts where somebody took it on without the
  -- lane while the database was away.
  ADD COLUMN fence bigint,
  -- How often it was handed out.
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  -- The bot's messages that answered it.
  ADD COLUMN answer_ids text[] NOT NULL DEFAULT '{}';
CREATE INDEX turns_unfinished_index ON turns (discord_id) WHERE finished_at IS NULL;
CREATE INDEX turns_claimed_at_index ON turns (claimed_at);

-- What crashed in the middle of an answer before there were lanes: too late for an answer now, or for the next sweep.
UPDATE turns SET finished_at = now() WHERE finished_at IS NULL AND claimed_at < now() - interval '10 minutes';
INSERT INTO lanes (discord_id, fence) SELECT DISTINCT discord_id, 0 FROM turns WHERE finished_at IS NULL;

CREATE FUNCTION instance_is_alive(p_instance text) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM instances WHERE id = p_instance AND expires_at > clock_timestamp())
$$;

-- False where anybody may take the lane.
CREATE FUNCTION lane_is_held(p_lane lanes) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (
    SELECT FROM instances i
    WHERE i.id = p_lane.instance_id AND i.expires_at > clock_timestamp() AND (NOT i.leaving OR EXISTS (
      SELECT FROM turns t WHERE t.discord_id = p_lane.discord_id AND t.finished_at IS NULL AND t.instance_id = i.id
    ))
  )
$$;

-- Locks a person's lane; one that does not exist yet is made and belongs to the caller.
CREATE FUNCTION lock_lane(p_discord_id text, p_instance text) RETURNS lanes LANGUAGE plpgsql AS $$
DECLARE
  v_lane lanes;
BEGIN
  LOOP
    SELECT * INTO v_lane FROM lanes WHERE discord_id = p_discord_id FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO lanes (discord_id, instance_id, fence) VALUES (p_discord_id, p_instance, 1)
      ON CONFLICT (discord_id) DO NOTHING RETURNING * INTO v_lane;
    EXIT WHEN FOUND;
  END LOOP;
  -- Written once a minute at most, because a locked row costs less than a new version of it.
  IF v_lane.active_at < now() - interval '1 minute' THEN
    UPDATE lanes SET active_at = now() WHERE discord_id = p_discord_id;
  END IF;
  RETURN v_lane;
END $$;

-- Gives a locked lane to an instance. The former holder may only seem dead: what it has not finished is taken from it.
CREATE FUNCTION take_lane(p_lane lanes, p_instance text) RETURNS lanes LANGUAGE plpgsql AS $$
BEGIN
  UPDATE turns SET instance_id = NULL, fence = NULL
    WHERE discord_id = p_lane.discord_id AND finished_at IS NULL AND instance_id = p_lane.instance_id;
  UPDATE lanes SET instance_id = p_instance, fence = fence + 1, active_at = now()
    WHERE discord_id = p_lane.discord_id RETURNING * INTO p_lane;
  RETURN p_lane;
END $$;

-- An instance saw a message. 'mine': it has to answer it now. 'waiting': in its lane is an earlier message that nobody
-- works on, to be swept first. 'other': somebody has it in hand, or will. The fence is NULL where the turn is not the
-- caller's, so a claim whose answer got lost can be told from another's.
CREATE FUNCTION claim_turn(p_message_id text, p_discord_id text, p_channel_id text, p_instance text)
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

CREATE FUNCTION heartbeat(p_instance text, p_lease_ms integer, p_leaving boolean) RETURNS void LANGUAGE sql AS $$
  INSERT INTO instances (id, expires_at, leaving)
  VALUES (p_instance, clock_timestamp() + p_lease_ms * interval '1 millisecond', p_leaving)
  ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, leaving = excluded.leaving
$$;

-- What this instance has to work on besides what it claimed, earliest message first: what nobody took on for p_grace_ms
-- and what dead instances left behind. p_take_over: in lanes of the dead too. p_first: after its restart, also what it
-- had in hand before. No turn is handed out before an earlier one of the same person.
CREATE FUNCTION sweep_turns(p_instance text, p_take_over boolean, p_first boolean, p_grace_ms integer)
RETURNS TABLE (
  message_id text, discord_id text, channel_id text, attempts integer, fence bigint, claimed_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_lane lanes;
  v_lanes text[];
BEGIN
  -- First the lanes that are worth waiting for, in one order, then those that are not: so nobody waits in a circle.
  v_lanes := ARRAY(
    SELECT l.discord_id FROM lanes l
    WHERE (l.instance_id = p_instance OR p_first) AND l.discord_id IN (
        SELECT t.discord_id FROM turns t
        WHERE t.finished_at IS NULL AND (t.instance_id IS DISTINCT FROM p_instance OR p_first)
      )
    ORDER BY l.discord_id FOR UPDATE
  );
  IF p_take_over THEN
    FOR v_lane IN
      SELECT l.* FROM lanes l
      LEFT JOIN instances i ON i.id = l.instance_id AND i.expires_at > clock_timestamp() AND NOT i.leaving
      WHERE l.discord_id IN (SELECT t.discord_id FROM turns t WHERE t.finished_at IS NULL)
        AND l.instance_id IS DISTINCT FROM p_instance AND i.id IS NULL
      FOR UPDATE OF l SKIP LOCKED
    LOOP
      -- Only now that it is locked does nobody hand out its turns.
      IF NOT lane_is_held(v_lane) THEN
        PERFORM take_lane(v_lane, p_instance);
        v_lanes := v_lanes || v_lane.discord_id;
      END IF;
    END LOOP;
  END IF;
  RETURN QUERY
    WITH unfinished AS (
      SELECT t.message_id, t.discord_id, CASE WHEN l.instance_id = p_instance THEN l.fence ELSE -1 - t.attempts END AS fence,
        t.instance_id IS NOT DISTINCT FROM p_instance AS is_own,
        CASE
          WHEN t.instance_id = p_instance THEN p_first
          WHEN l.instance_id IS DISTINCT FROM p_instance THEN false
          WHEN t.instance_id IS NULL THEN t.claimed_at <= clock_timestamp() - p_grace_ms * interval '1 millisecond'
          ELSE NOT instance_is_alive(t.instance_id)
        END AS is_due
      FROM turns t JOIN lanes l ON l.discord_id = t.discord_id
      WHERE t.discord_id = ANY (v_lanes) AND t.finished_at IS NULL
      FOR UPDATE OF t
    ), line AS (
      SELECT u.*, bool_and(u.is_own OR u.is_due) OVER (
        PARTITION BY u.discord_id ORDER BY length(u.message_id), u.message_id COLLATE "C"
      ) AS is_next
      FROM unfinished u
    ), handed_out AS (
      UPDATE turns t SET instance_id = p_instance, fence = line.fence, attempts = t.attempts + 1
      FROM line
      WHERE t.message_id = line.message_id AND line.is_due AND (line.is_own OR line.is_next)
      RETURNING t.message_id, t.discord_id, t.channel_id, t.attempts, t.fence, t.claimed_at
    )
    SELECT h.* FROM handed_out h ORDER BY length(h.message_id), h.message_id COLLATE "C";
END $$;

-- The message got its answer, from whomever.
CREATE FUNCTION finish_turn(p_message_id text, p_answer_ids text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE turns SET
    finished_at = coalesce(finished_at, now()),
    answer_ids = answer_ids || ARRAY(SELECT a FROM unnest(p_answer_ids) a WHERE a <> ALL (answer_ids))
  WHERE message_id = p_message_id AND (finished_at IS NULL OR NOT answer_ids @> p_answer_ids)
$$;

-- An instance took on a message while the database was away, and says so afterwards, once or more often.
-- 'mine': nobody else did meanwhile. 'other', 'done': as in claim_turn.
CREATE FUNCTION record_turn(
  p_message_id text, p_discord_id text, p_channel_id text, p_instance text, p_claimed_at timestamptz
) RETURNS TABLE (verdict text, attempts integer, fence bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_lane lanes := lock_lane(p_discord_id, p_instance);
  v_turn turns;
BEGIN
  INSERT INTO turns AS t (message_id, discord_id, channel_id, claimed_at, instance_id, fence, attempts)
    VALUES (p_message_id, p_discord_id, p_channel_id, p_claimed_at, p_instance,
      CASE WHEN v_lane.instance_id = p_instance THEN v_lane.fence ELSE -1 END, 1)
    ON CONFLICT (message_id) DO UPDATE SET
      instance_id = excluded.instance_id,
      fence = CASE WHEN v_lane.instance_id = p_instance THEN v_lane.fence ELSE -1 - t.attempts END,
      attempts = t.attempts + 1
      WHERE t.instance_id IS NULL AND t.finished_at IS NULL;
  SELECT * INTO v_turn FROM turns t WHERE t.message_id = p_message_id;
  verdict := CASE
    WHEN v_turn.finished_at IS NOT NULL THEN 'done'
    WHEN v_turn.instance_id = p_instance THEN 'mine'
    ELSE 'other'
  END;
  attempts := v_turn.attempts;
  fence := CASE WHEN v_turn.instance_id = p_instance THEN v_turn.fence END;
  RETURN NEXT;
END $$;

-- Whether a turn is still in the hands of the one to whom it was handed out with this fence.
CREATE FUNCTION holds_turn(p_message_id text, p_fence bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM turns WHERE message_id = p_message_id AND finished_at IS NULL AND fence = p_fence)
$$;

CREATE FUNCTION leave_instance(p_instance text) RETURNS void LANGUAGE sql AS $$
  DELETE FROM instances WHERE id = p_instance
$$;

-- Removes at most p_limit finished turns and as many idle lanes; returns the number of turns.
CREATE FUNCTION cleanup_old_turns(p_older_than interval, p_limit integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now() - p_older_than;
  v_lanes text[];
  v_removed bigint;
BEGIN
  DELETE FROM turns WHERE message_id = ANY (ARRAY(
    SELECT message_id FROM turns WHERE claimed_at <= v_since AND finished_at <= v_since
    ORDER BY claimed_at LIMIT greatest(p_limit, 0) FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  v_lanes := ARRAY(
    SELECT l.discord_id FROM lanes l
    WHERE l.active_at <= v_since AND NOT EXISTS (SELECT FROM turns t WHERE t.discord_id = l.discord_id)
    LIMIT greatest(p_limit, 0) FOR UPDATE SKIP LOCKED
  );
  -- Asked again, because a turn may have come before the lane was locked.
  DELETE FROM lanes l
    WHERE l.discord_id = ANY (v_lanes) AND NOT EXISTS (SELECT FROM turns t WHERE t.discord_id = l.discord_id);
  DELETE FROM instances WHERE expires_at < now() - interval '1 day';
  RETURN v_removed;
END $$;
