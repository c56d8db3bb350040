import { container } from '@sapphire/framework';
import { type ScheduledTask, ScheduledTaskEvents } from '@sapphire/plugin-scheduled-tasks';
import { runTask } from '../core/scheduling/runTask.ts';

/** Runs a scheduled task of the bot now, as its schedule would. @throws what the task throws, or that there is no such task */
export async function runTaskNow(name: string): Promise<void> {
  const { client, stores } = container;
  const tasks = stores.get('scheduled-tasks');
  const task = tasks.get(name);
  if (!task) throw new Error(`The bot has no task "${name}"; it has ${[...tasks.keys()].join(', ') || 'none'}.`);
  const failures: unknown[] = [];
  const onError = (error: unknown, failed: ScheduledTask): void => {
    if (failed === task) failures.push(error);
  };
  client.on(ScheduledTaskEvents.ScheduledTaskError, onError);
  try {
    await runTask(client, task);
  } finally {
    client.off(ScheduledTaskEvents.ScheduledTaskError, onError);
  }
  if (failures.length > 0) throw failures[0];
}
