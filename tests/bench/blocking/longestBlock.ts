import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** What kept the event loop for longest while something was done, in milliseconds. */
export interface Blocked {
  readonly longest: number;
  /** Of the longest, what this thread worked: the rest it waited, for the machine too, which may be busy with others. */
  readonly worked: number;
  /** The longest pause of the garbage collector meanwhile, which may be a part of it. */
  readonly collector: number;
}

/** Does a work and tells for how long nothing else had its turn, at most. */
export async function longestBlock(work: () => unknown): Promise<Blocked> {
  let collector = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collector = Math.max(collector, duration);
  });
  // What was done before is over.
  await pause(5);
  observer.observe({ entryTypes: ['gc'] });
  const turns = watchTurns();
  await work();
  const { longest, worked } = await turns.end();
  await pause(1);
  observer.disconnect();
  return { longest, worked, collector };
}

/** Takes each turn of the event loop that it gets, and looks how long the next one is in coming. */
function watchTurns(): { end(): Promise<{ longest: number; worked: number }> } {
  let [longest, worked] = [0, 0];
  let [at, cpu] = [performance.now(), process.threadCpuUsage()];
  let next: NodeJS.Immediate;
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(cpu);
    longest = Math.max(longest, performance.now() - at);
    worked = Math.max(worked, (user + system) / 1_000);
    [at, cpu] = [performance.now(), process.threadCpuUsage()];
    next = setImmediate(look);
  };
  next = setImmediate(look);
  return {
    async end() {
      await pause(1);
      clearImmediate(next);
      return { longest, worked };
    },
  };
}
