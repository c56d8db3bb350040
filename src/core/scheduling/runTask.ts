import type { SapphireClient } from '@sapphire/framework';
import { type ScheduledTask, ScheduledTaskEvents } from '@sapphire/plugin-scheduled-tasks';

/** Runs a task as the plugin's own handler would, with its events; never rejects. */
export async function runTask(client: SapphireClient, task: ScheduledTask): Promise<void> {
  const started = performance.now();
  let duration: number | null = null;
  client.emit(ScheduledTaskEvents.ScheduledTaskRun, task, undefined);
  try {
    const result = await task.run(undefined as never);
    duration = performance.now() - started;
    client.emit(ScheduledTaskEvents.ScheduledTaskSuccess, task, undefined, result, duration);
  } catch (error) {
    client.emit(ScheduledTaskEvents.ScheduledTaskError, error, task, undefined);
  }
  client.emit(ScheduledTaskEvents.ScheduledTaskFinished, task, duration, undefined);
}
