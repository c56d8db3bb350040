import { EventEmitter, on, once } from 'node:events';
import { container, type SapphireClient } from '@sapphire/framework';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from '../../../src/core/discord/createClient.ts';
import { loadPieces, loadSapphirePieces } from '../../../src/core/discord/pieces.ts';
import { createLog, type Log } from '../../../src/core/log/createLog.ts';
import type { Engine } from '../../../src/core/scheduling/Engine.ts';
import { Scheduler } from '../../../src/core/scheduling/Scheduler.ts';
import { TaskRecorder } from '../../../src/core/scheduling/TaskRecorder.ts';
import { systemClock } from '../../../src/core/time.ts';
import { databaseOptions } from '../../../src/testing/repositories/openDatabase.ts';

/** What a test of scheduled tasks works with: a client with its pieces, a log, and schedulers that end with the test. */
export interface Bench {
  readonly client: SapphireClient;
  readonly log: Log;
  readonly lines: readonly Record<string, unknown>[];
  readonly metrics: Registry;
  /** Emits `run` with the task's name and its number when a run begins. */
  readonly runs: EventEmitter;
  /** Makes a task known, before the start. */
  add(name: string, options: ScheduledTask.Options, run?: (n: number) => unknown): Promise<void>;
  /** Starts one instance of the bot's scheduler. */
  start(engine: Engine): Scheduler;
  /** Waits for so many more runs of a task. */
  ran(name: string, times: number): Promise<void>;
  /** Waits for a line of the log with this message. */
  said(message: string): Promise<void>;
}

/** A bench for each test of a file. */
export function givenBench(): Bench {
  const bench = {} as { -readonly [name in keyof Bench]: Bench[name] };
  let undo: (() => unknown)[] = [];
  beforeEach(async () => {
    const lines: Record<string, unknown>[] = [];
    const written = new EventEmitter();
    const destination = {
      write: (line: string) => {
        lines.push(JSON.parse(line));
        written.emit('line');
      },
    };
    const log = createLog({ level: 'info', secrets: [], destination });
    const client = createClient(databaseOptions({}).env, log);
    undo = [() => client.destroy(), await loadSapphirePieces()];
    const metrics = new Registry();
    const runs = new EventEmitter();
    const schedulers: Scheduler[] = [];
    Object.assign(bench, {
      client,
      log,
      lines,
      metrics,
      runs,
      add: async (name: string, options: ScheduledTask.Options, run: (n: number) => unknown = () => undefined) => {
        let n = 0;
        class Task extends ScheduledTask {
          constructor(context: ScheduledTask.LoaderContext) {
            super(context, options);
          }

          override async run(): Promise<void> {
            n += 1;
            runs.emit('run', name, n);
            await run(n);
          }
        }
        await loadPieces({ tasks: { [name]: Task } });
      },
      start: (engine: Engine) => {
        const recorder = new TaskRecorder({ client, clock: systemClock, log, metrics: new Registry() });
        const scheduler = new Scheduler(engine, schedulers.length === 0 ? record(bench) : recorder, log);
        schedulers.push(scheduler);
        undo.push(() => scheduler.stop());
        scheduler.start();
        return scheduler;
      },
      ran: async (name: string, times: number) => {
        let left = times;
        for await (const [ran] of on(runs, 'run')) if (ran === name && --left === 0) return;
      },
      said: async (message: string) => {
        while (!lines.some(({ msg }) => msg === message)) await once(written, 'line');
      },
    } satisfies Bench);
  });
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
    expect(container.stores.size).toBe(0);
  });
  return bench;
}

const record = ({ client, log, metrics }: Bench): TaskRecorder =>
  new TaskRecorder({ client, clock: systemClock, log, metrics });

/** What both engines promise; `make` gives another instance on the same storage. */
export function engineContract(bench: Bench, make: (options?: { soon?: number }) => Engine): void {
  it('runs a task at its pattern, again and again', async () => {
    await bench.add('tick', { pattern: '* * * * * *' });
    bench.start(make());
    await bench.ran('tick', 3);
  });

  it('runs tasks by their intervals, each at its own', async () => {
    await bench.add('often', { interval: 200 });
    await bench.add('seldom', { interval: 86_400_000 });
    let seldom = 0;
    bench.runs.on('run', (name) => {
      if (name === 'seldom') seldom += 1;
    });
    bench.start(make());
    await bench.ran('often', 5);
    // Once, for the occurrence that passed while the bot was off.
    expect(seldom).toBe(1);
  });

  it('runs a task whose time passed while the bot was off, once for all restarts', async () => {
    await bench.add('daily', { pattern: '0 0 * * *' });
    await bench.add('often', { interval: 200 });
    let daily = 0;
    bench.runs.on('run', (name) => {
      if (name === 'daily') daily += 1;
    });
    for (const _life of [1, 2, 3]) {
      const scheduler = bench.start(make());
      await bench.ran('often', 3);
      await scheduler.stop();
    }
    expect(daily).toBe(1);
  });

  it('logs a run that fails with the name of its task, counts it, and runs the task again', async () => {
    await bench.add('fails', { interval: 200 }, (n) => {
      if (n < 3) throw new RangeError(`failure ${n}`);
    });
    const scheduler = bench.start(make());
    const succeeded = once(bench.client, 'scheduledTaskSuccess');
    await bench.ran('fails', 3);
    await succeeded;
    const failures = bench.lines.filter(({ task }) => task === 'fails');
    expect(failures).toMatchObject([
      { level: 'error', err: { message: 'failure 1' } },
      { level: 'error', err: { message: 'failure 2' } },
    ]);
    await scheduler.stop();
    const counted = await bench.metrics.getSingleMetricAsString('steward_scheduled_task_runs_total');
    expect(counted).toContain('steward_scheduled_task_runs_total{task="fails",outcome="failure"} 2');
    expect(counted).toMatch(/\{task="fails",outcome="success"\} \d+/);
    expect(scheduler.state.lastRuns?.fails).toEqual({ at: expect.any(String), outcome: 'success' });
  });

  it('lets no two runs of a task overlap, however long they take', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    // A run lasts until the occurrences of several others have passed.
    await bench.add('slow', { interval: 50 }, async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      const until = Date.now() + 180;
      while (Date.now() < until) await new Promise(setImmediate);
      running -= 1;
    });
    bench.start(make());
    await bench.ran('slow', 4);
    expect(runs).toBe(4);
    expect(most).toBe(1);
  });

  it('waits at the stop for the run under way, and begins none after it', async () => {
    const gate = Promise.withResolvers<void>();
    const events: string[] = [];
    await bench.add('slow', { interval: 50 }, async () => {
      events.push('begins');
      await gate.promise;
      events.push('ends');
    });
    const begun = bench.ran('slow', 1);
    const scheduler = bench.start(make());
    await begun;
    const stopped = scheduler.stop().then(() => events.push('stopped'));
    expect(scheduler.stopping.aborted).toBe(true);
    gate.resolve();
    await stopped;
    expect(events).toEqual(['begins', 'ends', 'stopped']);
    // Another instance, so that it shows when the first one still runs its task.
    await container.stores.get('scheduled-tasks').unload('slow');
    await bench.add('often', { interval: 100 });
    bench.start(make());
    await bench.ran('often', 4);
    expect(events).toEqual(['begins', 'ends', 'stopped']);
  });

  it('runs tasks that come while it runs, and no longer those that go', async () => {
    const store = container.stores.get('scheduled-tasks');
    let first = 0;
    bench.runs.on('run', (name) => {
      if (name === 'first') first += 1;
    });
    await bench.add('first', { interval: 100 });
    const scheduler = bench.start(make());
    await bench.ran('first', 1);
    await bench.add('second', { interval: 100 });
    await scheduler.follow();
    await bench.ran('second', 2);
    await store.unload('first');
    await scheduler.follow();
    const soFar = first;
    await bench.ran('second', 4);
    expect(first).toBe(soFar);
    await bench.add('first', { interval: 100 });
    await scheduler.follow();
    await bench.ran('first', 2);
  });

  it('lets the run of a task end that goes, and says when', async () => {
    const gate = Promise.withResolvers<void>();
    const events: string[] = [];
    await bench.add('slow', { interval: 50 }, async () => {
      events.push('begins');
      await gate.promise;
      events.push('ends');
    });
    const begun = bench.ran('slow', 1);
    const scheduler = bench.start(make());
    await begun;
    await container.stores.get('scheduled-tasks').unload('slow');
    const followed = scheduler.follow();
    gate.resolve();
    await followed;
    await scheduler.stop();
    expect(events).toEqual(['begins', 'ends']);
  });

  it('runs each occurrence once, however many instances there are', async () => {
    const interval = 250;
    const began = Math.floor(Date.now() / interval);
    let runs = 0;
    await bench.add('shared', { interval }, () => {
      runs += 1;
    });
    for (const _instance of [1, 2, 3]) bench.start(make());
    await bench.ran('shared', 12);
    // The occurrences so far, the one before the start included: at no speed of the machine can there be more runs.
    expect(runs).toBeLessThanOrEqual(Math.floor(Date.now() / interval) - began + 1);
  });
}
