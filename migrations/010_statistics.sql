-- Statistics that stay fast, however many rows there are: sums by hour, by user and by day beside the rows themselves.
--
-- Whoever writes rows, by whatever SQL, notes in `…_changes` what that changes, and waits for nobody. Now and then a
-- writer whom nobody is in the way of folds notes into the sums. What is true is always the sums plus the notes, so a
-- reader counts exactly: whole hours from these, the hour in which the time asked for begins from the rows.

CREATE TABLE message_changes (
  user_id bigint NOT NULL,
  hour timestamptz NOT NULL,
  message_type text NOT NULL,
  n bigint NOT NULL,
  -- How many of them have a response time, and the sum of these times.
  times bigint NOT NULL,
  time_sum bigint NOT NULL
);

CREATE TABLE message_hours (
  hour timestamptz,
  message_type text,
  n bigint NOT NULL,
  times bigint NOT NULL,
  time_sum bigint NOT NULL,
  PRIMARY KEY (hour, message_type)
);

-- Days are UTC.
CREATE TABLE message_user_days (
  user_id bigint,
  day date,
  n bigint NOT NULL,
  PRIMARY KEY (user_id, day)
);
CREATE INDEX message_user_days_day_index ON message_user_days (day);

-- How many messages each user has, and the hour of the last one.
CREATE TABLE message_users (
  user_id bigint PRIMARY KEY,
  n bigint NOT NULL,
  last_hour timestamptz
);
CREATE INDEX message_users_n_index ON message_users (n);
CREATE INDEX message_users_last_hour_index ON message_users (last_hour);

-- How many users have their last message in an hour.
CREATE TABLE message_last_hours (
  hour timestamptz PRIMARY KEY,
  users bigint NOT NULL
);

CREATE TABLE command_changes (
  hour timestamptz NOT NULL,
  command_name text NOT NULL,
  n bigint NOT NULL
);

CREATE TABLE command_hours (
  hour timestamptz,
  command_name text,
  n bigint NOT NULL,
  PRIMARY KEY (hour, command_name)
);

CREATE FUNCTION start_of_hour(p_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_bin('1 hour', p_at, timestamptz '2000-01-01 00:00Z')
$$;

CREATE FUNCTION utc_day(p_at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (p_at AT TIME ZONE 'UTC')::date
$$;

-- Whether the sums are this transaction's to change, until it ends: never waits. A transaction whose snapshot is older
-- than what others have folded since could not change them.
CREATE FUNCTION may_fold(p_sums regclass) RETURNS boolean LANGUAGE sql AS $$
  SELECT current_setting('transaction_isolation') = 'read committed'
    AND pg_try_advisory_xact_lock(746382910, p_sums::oid::integer)
$$;

-- Folds these changes and at most p_limit of the noted ones into the sums, in a transaction that may; returns how many
-- of the noted ones.
CREATE FUNCTION fold_message_changes(p_changes message_changes[] DEFAULT '{}', p_limit integer DEFAULT 5000)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_noted message_changes[];
  v_users bigint[];
  v_counts bigint[];
  v_before timestamptz[];
  v_after timestamptz[];
BEGIN
  WITH noted AS (
    DELETE FROM message_changes c WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_changes LIMIT p_limit)) RETURNING c
  )
  SELECT coalesce(array_agg(c), '{}') INTO v_noted FROM noted;
  p_changes := p_changes || v_noted;
  IF p_changes = '{}' THEN
    RETURN 0;
  END IF;

  MERGE INTO message_hours t
  USING (SELECT hour, message_type, sum(n) AS n, sum(times) AS times, sum(time_sum) AS time_sum
    FROM unnest(p_changes) GROUP BY 1, 2) c
  ON t.hour = c.hour AND t.message_type = c.message_type
  WHEN MATCHED AND (t.n + c.n, t.times + c.times, t.time_sum + c.time_sum) = (0, 0, 0) THEN DELETE
  WHEN MATCHED THEN UPDATE SET n = t.n + c.n, times = t.times + c.times, time_sum = t.time_sum + c.time_sum
  WHEN NOT MATCHED AND (c.n, c.times, c.time_sum) <> (0, 0, 0) THEN
    INSERT VALUES (c.hour, c.message_type, c.n, c.times, c.time_sum);

  MERGE INTO message_user_days t
  USING (SELECT user_id, utc_day(hour) AS day, sum(n) AS n FROM unnest(p_changes) GROUP BY 1, 2 HAVING sum(n) <> 0) c
  ON t.user_id = c.user_id AND t.day = c.day
  WHEN MATCHED AND t.n + c.n = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET n = t.n + c.n
  WHEN NOT MATCHED THEN INSERT VALUES (c.user_id, c.day, c.n);

  -- The last hour is read from the rows, which may know of later changes than these. Then those are still noted, and
  -- until they are folded too a reader asks the rows itself.
  SELECT array_agg(user_id), array_agg(n), array_agg(last_hour), array_agg(CASE WHEN total <> 0 THEN (
      SELECT start_of_hour(max("timestamp")) FROM message_stats m WHERE m.user_id = c.user_id) END)
  INTO v_users, v_counts, v_before, v_after
  FROM (SELECT user_id, sum(c.n) AS n, u.last_hour, coalesce(u.n, 0) + sum(c.n) AS total
    FROM unnest(p_changes) c LEFT JOIN message_users u USING (user_id) GROUP BY user_id, u.n, u.last_hour) c;

  MERGE INTO message_last_hours t
  USING (
    SELECT hour, sum(n) AS n FROM (
      SELECT unnest(v_before) AS hour, -1 AS n UNION ALL SELECT unnest(v_after), 1
    ) moves WHERE hour IS NOT NULL GROUP BY 1 HAVING sum(n) <> 0
  ) c
  ON t.hour = c.hour
  WHEN MATCHED AND t.users + c.n = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET users = t.users + c.n
  WHEN NOT MATCHED THEN INSERT VALUES (c.hour, c.n);

  MERGE INTO message_users t
  USING unnest(v_users, v_counts, v_after) AS c (user_id, n, last_hour)
  ON t.user_id = c.user_id
  WHEN MATCHED AND t.n + c.n = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET n = t.n + c.n, last_hour = c.last_hour
  WHEN NOT MATCHED AND c.n <> 0 THEN INSERT VALUES (c.user_id, c.n, c.last_hour);
  RETURN cardinality(v_noted);
END $$;

CREATE FUNCTION fold_command_changes(p_changes command_changes[] DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_noted command_changes[];
BEGIN
  WITH noted AS (
    DELETE FROM command_changes c WHERE ctid = ANY (ARRAY(SELECT ctid FROM command_changes LIMIT 5000)) RETURNING c
  )
  SELECT coalesce(array_agg(c), '{}') INTO v_noted FROM noted;
  MERGE INTO command_hours t
  USING (SELECT hour, command_name, sum(n) AS n FROM unnest(p_changes || v_noted) GROUP BY 1, 2 HAVING sum(n) <> 0) c
  ON t.hour = c.hour AND t.command_name = c.command_name
  WHEN MATCHED AND t.n + c.n = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET n = t.n + c.n
  WHEN NOT MATCHED THEN INSERT VALUES (c.hour, c.command_name, c.n);
  RETURN cardinality(v_noted);
END $$;

-- Notes what a statement changed. One in a hundred new rows has the notes folded, and so has whatever is erased, so
-- that nothing about a person stays behind. A statement of very many rows goes into the sums at once, in parts, each of
-- users of its own.
CREATE FUNCTION note_message_changes() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION note_command_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_changes command_changes[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(c) INTO v_changes FROM (
      SELECT start_of_hour(executed_at), command_name, count(*) FROM added GROUP BY 1, 2) c;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(c) INTO v_changes FROM (
      SELECT start_of_hour(executed_at), command_name, -count(*) FROM removed GROUP BY 1, 2) c;
  ELSE
    SELECT array_agg(c) INTO v_changes FROM (
      SELECT start_of_hour(executed_at), command_name, sum(n)::bigint
      FROM (SELECT 1 AS n, * FROM added UNION ALL SELECT -1, * FROM removed) rows GROUP BY 1, 2 HAVING sum(n) <> 0) c;
  END IF;
  IF (TG_OP <> 'INSERT' OR cardinality(v_changes) > random() * 100) AND may_fold('command_hours') THEN
    PERFORM fold_command_changes(v_changes);
  ELSE
    INSERT INTO command_changes SELECT * FROM unnest(v_changes);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION clear_message_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE message_hours, message_changes, message_users, message_last_hours, message_user_days;
  RETURN NULL;
END $$;

CREATE FUNCTION clear_command_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE command_hours, command_changes;
  RETURN NULL;
END $$;

CREATE TRIGGER message_stats_inserted AFTER INSERT ON message_stats
  REFERENCING NEW TABLE AS added EXECUTE FUNCTION note_message_changes();
CREATE TRIGGER message_stats_updated AFTER UPDATE ON message_stats
  REFERENCING OLD TABLE AS removed NEW TABLE AS added EXECUTE FUNCTION note_message_changes();
CREATE TRIGGER message_stats_deleted AFTER DELETE ON message_stats
  REFERENCING OLD TABLE AS removed EXECUTE FUNCTION note_message_changes();
CREATE TRIGGER message_stats_truncated AFTER TRUNCATE ON message_stats EXECUTE FUNCTION clear_message_sums();
CREATE TRIGGER command_usage_inserted AFTER INSERT ON command_usage
  REFERENCING NEW TABLE AS added EXECUTE FUNCTION note_command_changes();
CREATE TRIGGER command_usage_updated AFTER UPDATE ON command_usage
  REFERENCING OLD TABLE AS removed NEW TABLE AS added EXECUTE FUNCTION note_command_changes();
CREATE TRIGGER command_usage_deleted AFTER DELETE ON command_usage
  REFERENCING OLD TABLE AS removed EXECUTE FUNCTION note_command_changes();
CREATE TRIGGER command_usage_truncated AFTER TRUNCATE ON command_usage EXECUTE FUNCTION clear_command_sums();

-- Makes the sums anew from the rows, while nobody writes. For the first time, and for whoever wrote rows with the
-- triggers off.
CREATE FUNCTION recount_statistics() RETURNS void LANGUAGE plpgsql SET work_mem = '64MB' AS $$
BEGIN
  LOCK TABLE message_stats, command_usage IN SHARE ROW EXCLUSIVE MODE;
  -- In the order in which get_global_stats comes to them, so that the two do not wait for each other.
  TRUNCATE message_hours, message_changes, message_users, message_last_hours, message_user_days,
    command_hours, command_changes;
  INSERT INTO message_hours
    SELECT start_of_hour("timestamp"), message_type, count(*), count(response_time_ms), coalesce(sum(response_time_ms), 0)
    FROM message_stats GROUP BY 1, 2;
  WITH days AS MATERIALIZED (
    SELECT user_id, utc_day("timestamp") AS day, count(*) AS n, max("timestamp") AS last_at
    FROM message_stats GROUP BY 1, 2 ORDER BY 1, 2
  ), kept AS (
    INSERT INTO message_user_days SELECT user_id, day, n FROM days
  )
  INSERT INTO message_users SELECT user_id, sum(n), start_of_hour(max(last_at)) FROM days GROUP BY 1;
  INSERT INTO message_last_hours SELECT last_hour, count(*) FROM message_users GROUP BY 1;
  INSERT INTO command_hours SELECT start_of_hour(executed_at), command_name, count(*) FROM command_usage GROUP BY 1, 2;
  ANALYZE message_hours, message_user_days, message_users, message_last_hours, command_hours;
END $$;
SELECT recount_statistics();

-- What counts in the last p_days days counts from after this moment on; with no days at all, nothing does.
CREATE FUNCTION start_of_days(p_days integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_days > 0 THEN now() - least(p_days, 36500) * interval '1 day' ELSE 'infinity' END
$$;

-- The messages after a moment, by hour and type.
CREATE FUNCTION count_messages(p_since timestamptz)
RETURNS TABLE (hour timestamptz, message_type text, n bigint, times bigint, time_sum bigint) LANGUAGE sql STABLE AS $$
  SELECT counts.hour, counts.message_type, sum(counts.n)::bigint, sum(counts.times)::bigint, sum(counts.time_sum)::bigint
  FROM (
    SELECT start_of_hour("timestamp") AS hour, s.message_type, count(*) AS n, count(response_time_ms) AS times,
      coalesce(sum(response_time_ms), 0) AS time_sum
    FROM message_stats s
    WHERE "timestamp" > p_since AND "timestamp" < start_of_hour(p_since) + interval '1 hour' GROUP BY 1, 2
    UNION ALL SELECT * FROM message_hours h WHERE h.hour > p_since
    UNION ALL SELECT c.hour, c.message_type, c.n, c.times, c.time_sum FROM message_changes c WHERE c.hour > p_since
  ) counts
  GROUP BY 1, 2 HAVING sum(counts.n) > 0
$$;

-- Whoever wrote after a moment has the last message after it. Of whom notes tell, the rows know more than the sums.
-- What is known of single users is looked up one by one, here and below: joined, all users might be read for a few.
CREATE FUNCTION count_message_users(p_since timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    WITH noted AS MATERIALIZED (SELECT DISTINCT user_id FROM message_changes)
    SELECT (SELECT count(*) FROM message_users u
        WHERE u.last_hour = start_of_hour(p_since) AND u.user_id NOT IN (SELECT user_id FROM noted)
          AND (SELECT max("timestamp") FROM message_stats m WHERE m.user_id = u.user_id) > p_since)
      + (SELECT coalesce(sum(users), 0)::bigint FROM message_last_hours WHERE hour > p_since)
      - (SELECT count(*) FROM noted n
         WHERE (SELECT last_hour FROM message_users u WHERE u.user_id = n.user_id) > p_since)
      + (SELECT count(*) FROM noted n
         WHERE (SELECT max("timestamp") FROM message_stats m WHERE m.user_id = n.user_id) > p_since)
  );
END $$;

-- The five who wrote most after a moment, of those who have at least p_least messages at whatever time; p_least NULL:
-- of all, counted from the rows.
CREATE FUNCTION rank_message_users(p_since timestamptz, p_least bigint)
RETURNS TABLE (discord_id text, username text, n bigint) LANGUAGE sql STABLE AS $$
  WITH candidates AS MATERIALIZED (
    SELECT user_id FROM message_users WHERE n >= p_least
    UNION ALL SELECT user_id FROM (
      SELECT user_id, sum(n) AS n, coalesce((SELECT u.n FROM message_users u WHERE u.user_id = c.user_id), 0) AS folded
      FROM message_changes c GROUP BY user_id
    ) noted WHERE folded < p_least AND folded + n >= p_least
  ), counts AS (
    SELECT user_id, count(*) AS n FROM candidates JOIN message_stats USING (user_id)
      WHERE "timestamp" > p_since AND "timestamp" < (utc_day(p_since) + 1)::timestamp AT TIME ZONE 'UTC' GROUP BY 1
    UNION ALL SELECT user_id, d.n FROM candidates JOIN message_user_days d USING (user_id) WHERE day > utc_day(p_since)
    UNION ALL SELECT user_id, c.n FROM candidates JOIN message_changes c USING (user_id) WHERE utc_day(hour) > utc_day(p_since)
    UNION ALL SELECT user_id, count(*) FROM message_stats WHERE p_least IS NULL AND "timestamp" > p_since GROUP BY 1
  )
  SELECT u.discord_id, u.username, t.n
  FROM (SELECT user_id, sum(counts.n)::bigint AS n FROM counts GROUP BY 1 HAVING sum(counts.n) > 0) t
  JOIN users u ON u.id = user_id
  ORDER BY t.n DESC, u.discord_id LIMIT 5
$$;

-- Nobody can have written more since a moment than at all: when the fifth among the fifty who have most did more than
-- everybody else has, these five are the first. Otherwise the first are among those who have as much as this fifth did;
-- where little was written, all of it is counted sooner.
CREATE FUNCTION get_top_users(p_since timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_least bigint := coalesce((SELECT n FROM message_users ORDER BY n DESC OFFSET 49 LIMIT 1), 1);
  v_fifth bigint;
  v_top jsonb;
BEGIN
  LOOP
    SELECT coalesce(jsonb_agg(jsonb_build_object('discord_id', discord_id, 'username', username, 'message_count', n)
      ORDER BY n DESC, discord_id), '[]'), CASE count(*) WHEN 5 THEN min(n) ELSE 1 END
    INTO v_top, v_fifth FROM rank_message_users(p_since, v_least);
    IF v_fifth >= v_least OR v_least IS NULL THEN
      RETURN v_top;
    END IF;
    v_least := CASE WHEN (SELECT sum(n) FROM count_messages(p_since)) > 20000 THEN v_fifth END;
  END LOOP;
END $$;

-- The last p_days days in one row. Hours are UTC. Each of its queries is planned for the days asked for.
CREATE OR REPLACE FUNCTION get_global_stats(p_days integer)
RETURNS TABLE (
  total_messages bigint,
  unique_users bigint,
  avg_response_time_ms numeric,
  messages_by_type jsonb,
  top_users jsonb,
  peak_hours jsonb,
  top_commands jsonb
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
  v_since timestamptz := start_of_days(p_days);
BEGIN
  WITH counts AS MATERIALIZED (SELECT * FROM count_messages(v_since))
  SELECT
    (SELECT coalesce(sum(n), 0) FROM counts),
    (SELECT coalesce(round(sum(time_sum) / nullif(sum(times), 0), 2), 0) FROM counts),
    jsonb_build_object('chat', 0, 'command', 0) || coalesce(
      (SELECT jsonb_object_agg(message_type, n) FROM (SELECT message_type, sum(n) AS n FROM counts GROUP BY 1) t), '{}'),
    coalesce((SELECT jsonb_object_agg(hour_of_day, n)
      FROM (SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::integer::text AS hour_of_day, sum(n) AS n FROM counts
            WHERE isfinite(hour) GROUP BY 1 ORDER BY n DESC, 1 LIMIT 3) t), '{}')
  INTO total_messages, avg_response_time_ms, messages_by_type, peak_hours;
  unique_users := count_message_users(v_since);
  top_users := get_top_users(v_since);
  top_commands := coalesce((
    SELECT jsonb_agg(jsonb_build_object('command_name', command_name, 'usage_count', n) ORDER BY n DESC, command_name)
    FROM (SELECT command_name, sum(n) AS n FROM (
        SELECT command_name, 1 AS n FROM command_usage
        WHERE executed_at > v_since AND executed_at < start_of_hour(v_since) + interval '1 hour'
        UNION ALL SELECT command_name, h.n FROM command_hours h WHERE hour > v_since
        UNION ALL SELECT command_name, c.n FROM command_changes c WHERE hour > v_since
      ) counts
      GROUP BY 1 HAVING sum(n) > 0 ORDER BY n DESC, 1 LIMIT 5) t
  ), '[]');
  RETURN NEXT;
END $$;

-- As before, and folds what is noted.
CREATE OR REPLACE FUNCTION cleanup_old_analytics(p_limit integer DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_since timestamptz := now()
    - coalesce((SELECT value::numeric FROM settings WHERE name = 'analytics_retention_days'), 90) * interval '1 day';
  v_messages bigint;
  v_commands bigint;
BEGIN
  IF p_limit IS NULL THEN
    DELETE FROM message_stats WHERE "timestamp" <= v_since;
    GET DIAGNOSTICS v_messages = ROW_COUNT;
    DELETE FROM command_usage WHERE executed_at <= v_since;
  ELSE
    DELETE FROM message_stats WHERE id IN (
      SELECT id FROM message_stats WHERE "timestamp" <= v_since
      ORDER BY "timestamp" LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_messages = ROW_COUNT;
    DELETE FROM command_usage WHERE id IN (
      SELECT id FROM command_usage WHERE executed_at <= v_since
      ORDER BY executed_at LIMIT p_limit - v_messages FOR UPDATE SKIP LOCKED
    );
  END IF;
  GET DIAGNOSTICS v_commands = ROW_COUNT;
  -- What others noted while this one alone could fold is folded too, also where nobody writes any more.
  IF may_fold('message_hours') THEN
    WHILE fold_message_changes() = 5000 LOOP
    END LOOP;
  END IF;
  IF may_fold('command_hours') THEN
    WHILE fold_command_changes() = 5000 LOOP
    END LOOP;
  END IF;
  RETURN v_messages + v_commands;
END $$;

-- Who may write rows need not know of the sums.
DO $do$
DECLARE
  v_name text;
BEGIN
  FOREACH v_name IN ARRAY ARRAY['note_message_changes', 'note_command_changes', 'clear_message_sums', 'clear_command_sums'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SECURITY DEFINER SET search_path = %I, pg_temp', v_name, current_schema());
  END LOOP;
END $do$;
