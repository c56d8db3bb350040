import { container } from '@sapphire/framework';
import { type StageEvent, turnChannel } from './core/conversation/stages.ts';
import { runTask } from './core/scheduling/runTask.ts';
import { Schedule } from './core/scheduling/Schedule.ts';
import type { Insight } from './simulator/playground/Insight.ts';

/** What the playground's page may ask the bot of this process, be it that it has not started yet. */
export function botInsight(): Insight {
  const isConnected = (): boolean => container.database?.state === 'connected';
  return {
    status() {
      const { database, intake } = container;
      if (!database || !intake) return undefined;
      const { state, reason, journal } = database;
      return { database: state, reason, writes: journal.depth('write'), inHand: intake.inHand };
    },
    holdings: async (userId) =>
      container.conversation && isConnected() ? container.conversation.exportData(userId) : undefined,
    async look() {
      const { database, log } = container;
      if (!database?.isReachable) return;
      await database
        .attempt(() => database.query('SELECT 1'))
        .catch((error: unknown) => log.debug({ err: error }, 'The playground looked at the database.'));
    },
    async moved(from, to) {
      const { database } = container;
      if (isConnected()) return runWhatWasDue(from, to);
      // There is nothing that the tasks could do while the database is away.
      const stopWaiting = database?.onChange((state) => {
        if (state !== 'connected') return;
        stopWaiting?.();
        void runWhatWasDue(from, to);
      });
    },
    onStage(listener) {
      const hear = (stage: unknown): void => listener(stage as StageEvent);
      turnChannel.subscribe(hear);
      return () => turnChannel.unsubscribe(hear);
    },
  };
}

// What the scheduler would have found due in the meantime; by itself it looks again within the hour only.
async function runWhatWasDue(from: number, to: number): Promise<void> {
  const { client, log, stores } = container;
  await Promise.all(
    stores.get('scheduled-tasks').repeatedTasks.map(async (task) => {
      try {
        if ((new Schedule(task).latest(to) ?? from) > from) await runTask(client, task);
      } catch (error) {
        log.debug({ err: error, task: task.name }, 'A scheduled task has no schedule; the scheduler has said so.');
      }
    }),
  );
}
