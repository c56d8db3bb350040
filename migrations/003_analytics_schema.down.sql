DROP FUNCTION get_global_stats(integer);
DROP FUNCTION cleanup_old_analytics();
DROP TABLE command_usage;
DROP TABLE message_stats;
