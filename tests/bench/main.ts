import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { measureAtDiscordsLimit } from './atDiscordsLimit.ts';
import { measureBlocking } from './blocking.ts';
import { type ContenderName, programs } from './Contender.ts';
import { measureManyPeople } from './manyPeople.ts';
import { type Figures, round } from './round.ts';
import { countRoundTrips } from './roundTrips.ts';
import { measureStarts } from './starts.ts';
import { median } from './statistics.ts';

// How fast Steward is, beside two bots that only forward and reply: `npm run bench`, or `npm run bench -- --quick` for a
// first look within a minute. For a machine that does nothing else; docs/PERFORMANCE.md tells what is measured and why.
const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const lengths = quick
  ? { warmUp: 1_500, steady: 2_500, closed: 2_000 }
  : { warmUp: 5_000, steady: 10_000, closed: 8_000 };
const rounds = quick ? 1 : 5;

const say = (line = ''): boolean => process.stdout.write(`${line}\n`);
/** A figure beside its limit; where it does not hold, that is seen. */
const verdict = (what: string, is: number, most: number, unit: string): boolean =>
  say(`${is <= most ? '  holds' : '  FAILS'}  ${what}: ${is.toFixed(2)} ${unit} (at most ${most.toFixed(2)})`);

await using postgres = await PostgresServer.start();
const environment = postgres.environment(await postgres.createDatabase());
say(`${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}, ${rounds} round(s)`);

const names = Object.keys(programs) as ContenderName[];
const results = new Map(names.map((name) => [name, [] as Figures[]]));
for (let n = 0; n < rounds; n += 1) {
  for (const name of names) results.get(name)?.push(await round(name, environment, lengths));
}
const of = (name: ContenderName, what: keyof Figures): number =>
  median((results.get(name) ?? []).map((figures) => figures[what]));
const columns: readonly [keyof Figures, string][] = [
  ['p50', 'ms in the bot at 40/s, p50'],
  ['p99', 'ms in the bot at 40/s, p99'],
  ['cpuSteady', 'ms of CPU a message at 40/s'],
  ['throughput', 'messages a second, 64 people'],
  ['cpuClosed', 'ms of CPU a message, 64 people'],
  ['memory', 'MB resident afterwards'],
];
say();
say(['', ...names].map((cell) => cell.padEnd(34)).join(''));
for (const [what, title] of columns)
  say([title, ...names.map((name) => of(name, what).toFixed(2))].map((cell) => cell.padEnd(34)).join(''));
const [ours, theirs] = ['Steward', 'bare Sapphire'] as const;
verdict('CPU a message, 64 people', of(ours, 'cpuClosed') / of(theirs, 'cpuClosed'), 1.6, '× bare Sapphire');
verdict('throughput, bare Sapphire', of(theirs, 'throughput') / of(ours, 'throughput'), 1 / 0.6, '× Steward');
verdict('p50 at 40/s', of(ours, 'p50'), of(theirs, 'p50') + 2, 'ms');
verdict('p99 at 40/s', of(ours, 'p99') / of(theirs, 'p99'), 3, '× bare Sapphire');
verdict('memory', of(ours, 'memory') / of(theirs, 'memory'), 1.25, '× bare Sapphire');

say();
const starts = await measureStarts(environment, quick ? 1 : 5);
for (const { name, milliseconds } of starts) say(`${name}: ${milliseconds.toFixed(0)} ms to IDENTIFY`);
const startOf = (name: string): number => starts.find((start) => start.name === name)?.milliseconds ?? Number.NaN;
verdict('start', startOf('Steward on PostgreSQL'), startOf('bare Sapphire') + 700, 'ms');

say();
const trips = await countRoundTrips(postgres, environment);
verdict('round trips for a message', trips.all, 5, '');
verdict('before the workflow is called', trips.before, 2, '');
verdict('between its answer and the reply', trips.between, 0, '');

say();
const people = quick ? 2_000 : 100_000;
const { before, after } = await measureManyPeople(environment, people);
say(`${people} people: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after`);
verdict(`memory that ${people} people add`, after - before, 100, 'MB');

say();
const limit = await measureAtDiscordsLimit(environment, { perSecond: 45, forMs: quick ? 3_000 : 20_000 });
say(`At Discord's limit: ${JSON.stringify(limit)}`);
verdict('messages without an answer', limit.written - limit.answered, 0, '');

if (!quick) {
  say();
  for (const { what, longest } of await measureBlocking()) verdict(`event loop: ${what}`, longest, 20, 'ms');
}
