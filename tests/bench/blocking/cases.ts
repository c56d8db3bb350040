import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanText } from '../../../src/core/conversation/cleanText.ts';
import { toManyParts } from '../../../src/core/conversation/deliver.ts';
import { splitReply } from '../../../src/core/conversation/splitReply.ts';
import { Mirrors } from '../../../src/core/database/Mirrors.ts';
import { DeadLetters } from '../../../src/core/journal/DeadLetters.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { createMetrics } from '../../../src/core/metrics/createMetrics.ts';
import { watchTurns } from '../../../src/core/metrics/watchTurns.ts';
import { days, hours } from '../../../src/core/time.ts';
import { dataFile } from '../../../src/dataFile.ts';
import { ChartRenderer } from '../../../src/plugins/analytics/chart/ChartRenderer.ts';
import { describe } from '../../../src/plugins/analytics/chart/describe.ts';
import { toChart } from '../../../src/plugins/analytics/chart/toChart.ts';
import { MemoryAnalyticsRepository } from '../../../src/plugins/analytics/repositories/MemoryAnalyticsRepository.ts';
import { toEmbed } from '../../../src/plugins/analytics/toEmbed.ts';
import { MemoryConversationRepository } from '../../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { parseReply } from '../../../src/plugins/n8n-bridge/parseReply.ts';
import { MemoryRateLimitRepository } from '../../../src/plugins/ratelimit/repositories/MemoryRateLimitRepository.ts';
import { toJson } from '../../../src/toJson.ts';
import { hostileReplies } from './hostileReplies.ts';
import { JournalWork } from './journalWork.ts';

/** Something that the bot does, at its largest. */
export interface Case {
  readonly what: string;
  /** How often it is done; else a few times. */
  readonly runs?: number;
  /** What has to be there for it, anew for each run. */
  prepare?(): Promise<unknown>;
  run(): unknown;
}

const clock = { now: Date.now };
const log = createLog({ level: 'fatal', secrets: [] });
const people = Array.from({ length: 100_000 }, (_, index) => String(100_000_000_000_000_000n + BigInt(index)));
const kibibyte = 1_024;
/** Those of the hostile texts that take most. */
const worst = ['brackets', 'fenced code', 'one bracket'];

/** All that could keep the event loop, of what is the bot's own; what it opens ends with `parts`. */
export async function makeCases(parts: AsyncDisposableStack): Promise<Case[]> {
  const journal = parts.use(await JournalWork.make());
  const folder = await mkdtemp(join(tmpdir(), 'steward-blocking-'));
  parts.defer(() => rm(folder, { recursive: true }));
  return [...splitting(), ...statistics(parts), ...(await erasing(folder)), ...journalled(journal), ...reading()];
}

function splitting(): Case[] {
  const short = Object.values(hostileReplies(100 * kibibyte));
  const long = Object.entries(hostileReplies(kibibyte ** 2)).filter(([kind]) => worst.includes(kind));
  const drafts = hostileReplies(10_000);
  const splitAll = async (texts: readonly string[]): Promise<void> => {
    for (const text of texts) await toManyParts(text);
  };
  return [
    { what: `to split an answer of 100 KiB, whichever of ${short.length} hostile ones`, run: () => splitAll(short) },
    {
      what: `to split an answer of 1 MiB, whichever of ${long.length} hostile ones`,
      run: () => splitAll(long.map(([, text]) => text)),
    },
    ...worst.map((kind) => ({
      what: `to split a draft of 10,000 characters, all ${kind}`,
      run: () => splitReply(cleanText(drafts[kind] ?? '')),
    })),
  ];
}

function statistics(parts: AsyncDisposableStack): Case[] {
  const now = Date.now();
  const counts = Array.from({ length: 90 * 24 * 3 }, (_, index) => ({
    hour: now - hours(Math.floor(index / 3)),
    type: ['chat', 'command', 'other'][index % 3] ?? '',
    messages: index % 97,
  }));
  const chart = () => toChart(counts, 90, now);
  let renderer = new ChartRenderer();
  parts.defer(() => renderer.close());
  const memory = new MemoryAnalyticsRepository(clock);
  const metrics = createMetrics();
  parts.defer(watchTurns(metrics, { inHand: 0 }));
  return [
    {
      what: 'a chart, with the start of the thread that draws it',
      async prepare() {
        renderer.close();
        renderer = new ChartRenderer();
      },
      run: () => renderer.render(chart()),
    },
    { what: 'a chart', run: () => renderer.render(chart()) },
    {
      what: '!stats from memory: 20,000 messages, put into words',
      async prepare() {
        for (const [index, person] of people.slice(0, 20_000).entries())
          await memory.logMessage(person, 'somebody', 'dm', 'chat', index, null, { key: `${index}` });
      },
      async run() {
        const report = await memory.getReport(90);
        return [describe(toChart(report.hours, 90, now)), toEmbed(report.stats, 90, undefined)];
      },
    },
    { what: '/metrics', run: () => metrics.metrics() },
  ];
}

async function erasing(folder: string): Promise<Case[]> {
  const letters = await DeadLetters.open({ folder, log });
  const body = { repository: 'memory', text: 'Very well. '.repeat(20) };
  const lettersOf = async (count: number): Promise<void> => {
    for (let number = letters.size; number < count; number += 1) {
      const entry = { id: `run-${number}`, kind: 'write', person: people[number], at: Date.now(), body, segment: 1 };
      await letters.add(entry, { code: '23505', reason: 'The database refuses it for good.' });
    }
  };
  await lettersOf(500);
  let mirrors: Mirrors;
  const fill = async (): Promise<void> => {
    const conversations = new MemoryConversationRepository(clock, { retention: days(30), limit: 50 });
    const limits = new MemoryRateLimitRepository(clock);
    mirrors = new Mirrors({ deadLetters: letters, oldest: undefined, wipe: () => undefined }, log, clock);
    mirrors.add('memory', conversations, 'conversations');
    mirrors.add('ratelimit', limits, undefined);
    for (const person of people) {
      await limits.recordMessage(person, hours(1));
      await conversations.saveMessage(person, 'somebody', 'How are you?', 'Very well.');
    }
  };
  const before = () => new Date(Date.now() + 1);
  const forgetEveryone = (scope: 'conversations' | 'everything') => () =>
    mirrors.forget({ person: undefined, scope, before: before() });
  return [
    { what: "everyone's conversations are forgotten", prepare: fill, run: forgetEveryone('conversations') },
    { what: '100,000 people are forgotten', prepare: fill, run: forgetEveryone('everything') },
    { what: 'one of 500 dead letters is forgotten', run: () => letters.forget(people[1], before(), () => false) },
  ];
}

// One goes on from the other: a backlog that was replayed is gone.
function journalled(journal: JournalWork): Case[] {
  return [
    { what: 'to open a journal with 100,000 writes', run: () => journal.open() },
    { what: 'to count them', runs: 1, run: () => journal.takeStock() },
    { what: 'to remember them', runs: 1, run: () => journal.remember() },
    { what: 'to replay them', runs: 1, run: () => journal.replay() },
  ];
}

function reading(): Case[] {
  const text = 'Very well. "Quoted"\n'.repeat(50_000).slice(0, 1_000_000);
  const body = JSON.stringify({ output: text });
  const numbers = JSON.stringify({ output: 'x', numbers: Array(49_000).fill(0.123_456_789_012) });
  const conversations = Array.from({ length: 20_000 }, (_, index) => ({
    userMessage: `${index} How are you? `.repeat(20),
    aiResponse: 'Very well.\n'.repeat(70),
    timestamp: new Date(),
  }));
  return [
    { what: 'an answer of 1 MB in JSON', run: () => parseReply(body) },
    { what: 'an answer of 700 KB of numbers in JSON', run: () => parseReply(numbers) },
    { what: 'to clean a text of 1 MB', run: () => cleanText(`${text}\0\ud83d`) },
    {
      what: '!mydata of 20,000 exchanges, 20 MB',
      run: () => dataFile('mydata', toJson({ conversations })),
    },
  ];
}
