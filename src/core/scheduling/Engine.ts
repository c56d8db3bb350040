/** How the runs of scheduled tasks come about. */
export interface EngineState {
  readonly engine: 'in-process' | 'redis';
  readonly state: 'running' | 'waiting for redis';
  /** Why it waits, where that is known. */
  readonly reason?: string;
}

/**
 * What makes the loaded scheduled tasks run at their times, each occurrence once among all instances of the bot. It
 * tells of each run by the events of https://sapphirejs.dev/docs/Guide/plugins/ScheduledTasks/ on the client.
 */
export interface Engine {
  readonly state: EngineState;
  /** Never waits, and never fails because something cannot be reached. */
  start(): void;
  /** Runs the tasks that are loaded now, and no others; settles when the runs under way of those others have ended. */
  follow(): Promise<void>;
  /** No run begins after this; settles when the runs under way have ended. */
  stop(): Promise<void>;
}
