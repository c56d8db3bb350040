# Prints a block of SQL of docs/N8N.md, where its tests hold it: the first one is for the administrator, the second for the bot.
awk -v wanted="$1" '/^```/ { inside = !inside && /^```sql$/; n += inside; next } inside && n == wanted' /steward/N8N.md
