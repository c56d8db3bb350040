DROP FUNCTION prune_n8n_memory(integer);
DROP FUNCTION mark_flushed(text, timestamptz);
