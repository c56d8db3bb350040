import type { RecordedRequest } from '../../src/simulator/RecordedRequest.ts';
import type { StandInAnswer } from '../../src/simulator/StandInWorkflow.ts';
import { steadily } from './loads.ts';
import { Surroundings } from './Surroundings.ts';
import { at } from './statistics.ts';

const sentence = 'And so on.';
const whole = Array(4).fill(sentence).join(' ');

/** A stream that takes two seconds, so that the bot would type and edit wherever it may. */
async function* slowStream(): AsyncGenerator<string> {
  const line = (event: object): string => `${JSON.stringify(event)}\n`;
  yield line({ type: 'begin' });
  for (let n = 0; n < 4; n += 1) {
    yield line({ type: 'item', content: n === 0 ? sentence : ` ${sentence}` });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  yield line({ type: 'end' });
}

const kinds: readonly [string, RegExp][] = [
  ['typing', /^POST .*\/typing$/],
  ['edits', /^PATCH .*\/messages\//],
  ['messages', /^POST .*\/messages$/],
];

/** What Steward does with Discord's 50 requests a second while more is written than they allow. */
export async function measureAtDiscordsLimit(
  environment: Readonly<Record<string, string>>,
  { perSecond, forMs }: { perSecond: number; forMs: number },
) {
  await using world = await Surroundings.start({ enforceRateLimits: true }, (content) => content === whole);
  world.workflow.answer = (): StandInAnswer => ({ stream: slowStream() });
  const started = await world.start('Steward', {
    ...environment,
    DISCORD_GLOBAL_RPS: '50',
    N8N_MAX_CONCURRENT: '1000',
  });
  await using _bot = started.contender;
  const requests: Pick<RecordedRequest, 'method' | 'path' | 'status' | 'at'>[] = [];
  world.discord.on('request', (request) => requests.push(request));
  const people = world.people(perSecond * (forMs / 1_000));
  const times = await steadily(world.correspondence, people, { perSecond, forMs });
  const seconds = new Map<number, number>();
  for (const { at: moment } of requests) {
    const second = Math.floor(moment / 1_000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  const totals = times.map(({ total }) => total).sort((a, b) => a - b);
  const ofKind = (pattern: RegExp): number =>
    requests.filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;
  return {
    written: people.length,
    answered: times.length,
    refusedByDiscord: requests.filter(({ status }) => status === 429).length,
    busiestSecond: Math.max(...seconds.values()),
    requests: Object.fromEntries(kinds.map(([kind, pattern]) => [kind, ofKind(pattern)])),
    p50: at(totals, 0.5),
    longest: totals.at(-1) ?? Number.NaN,
  };
}
