import type { CommandNote } from './CommandNotes.ts';
import type { AnalyticsRepository } from './repositories/AnalyticsRepository.ts';

/** Counts a command that ran, as a message and as a command; `responseTimeMs` is null when it failed or is not known. */
export async function logCommand(
  analytics: AnalyticsRepository,
  { messageId, userId, username, command, at }: CommandNote,
  { success, responseTimeMs }: { success: boolean; responseTimeMs: number | null },
): Promise<void> {
  const options = (of: string) => ({ key: `${messageId}:${of}`, at: new Date(at) });
  await Promise.all([
    analytics.logMessage(userId, username, 'dm', 'command', responseTimeMs, null, options('message')),
    analytics.logCommand(userId, username, command, false, success, options('command')),
  ]);
}
