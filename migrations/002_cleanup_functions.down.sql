DROP FUNCTION flush_n8n_memory(text);
DROP FUNCTION flush_all_conversations(timestamptz);
DROP FUNCTION flush_user_conversations(text, timestamptz);
DROP FUNCTION cleanup_expired_warnings();
DROP FUNCTION cleanup_old_conversations();
