import type { ContenderName } from './Contender.ts';
import { inTurn, steadily } from './loads.ts';
import { Surroundings } from './Surroundings.ts';
import { at } from './statistics.ts';

/** What one contender did in one round. */
export interface Figures {
  /** Milliseconds that a message spent in the bot, at 40 a second. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time for each message, at 40 a second. */
  readonly cpuSteady: number;
  /** Answers a second in the closed loop. */
  readonly throughput: number;
  /** Milliseconds of processor time for each message in the closed loop. */
  readonly cpuClosed: number;
  /** Resident megabytes after both loads. */
  readonly memory: number;
}

/** How long each load lasts; milliseconds. */
export interface Lengths {
  readonly warmUp: number;
  readonly steady: number;
  readonly closed: number;
}

/** A fresh contender in a world of its own: 200 people at 40 messages a second, then 64 who write as soon as they can. */
export async function round(
  name: ContenderName,
  environment: Readonly<Record<string, string>>,
  lengths: Lengths,
): Promise<Figures> {
  await using world = await Surroundings.start();
  const { correspondence } = world;
  const [many, few] = [world.people(200), world.people(64)];
  const started = await world.start(name, environment);
  await using contender = started.contender;
  const work = async (): Promise<Figures> => {
    await inTurn(correspondence, few, lengths.warmUp);

    const beforeSteady = await contender.cpuTime();
    const times = await steadily(correspondence, many, { perSecond: 40, forMs: lengths.steady });
    const overheads = times.map(({ overhead }) => overhead).sort((a, b) => a - b);
    const cpuSteady = ((await contender.cpuTime()) - beforeSteady) / overheads.length;

    const beforeClosed = await contender.cpuTime();
    const closedAt = performance.now();
    const answers = await inTurn(correspondence, few, lengths.closed);
    const throughput = (answers * 1_000) / (performance.now() - closedAt);
    const cpuClosed = ((await contender.cpuTime()) - beforeClosed) / answers;
    const memory = (await contender.memory()) / 1e6;
    return { p50: at(overheads, 0.5), p99: at(overheads, 0.99), cpuSteady, throughput, cpuClosed, memory };
  };
  return await Promise.race([work(), contender.ended()]);
}
