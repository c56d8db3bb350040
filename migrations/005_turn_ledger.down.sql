DROP FUNCTION cleanup_old_turns(interval, integer);
DROP FUNCTION leave_instance(text);
DROP FUNCTION holds_turn(text, bigint);
DROP FUNCTION record_turn(text, text, text, text, timestamptz);
DROP FUNCTION finish_turn(text, text[]);
DROP FUNCTION sweep_turns(text, boolean, boolean, integer);
DROP FUNCTION heartbeat(text, integer, boolean);
DROP FUNCTION claim_turn(text, text, text, text);
DROP FUNCTION take_lane(lanes, text);
DROP FUNCTION lock_lane(text, text);
DROP FUNCTION lane_is_held(lanes);
DROP FUNCTION instance_is_alive(text);
DROP INDEX turns_claimed_at_index;
DROP INDEX turns_unfinished_index;
ALTER TABLE turns
  DROP COLUMN answer_ids,
  DROP COLUMN attempts,
  DROP COLUMN fence,
  DROP COLUMN instance_id;
DROP TABLE lanes;
DROP TABLE instances;
