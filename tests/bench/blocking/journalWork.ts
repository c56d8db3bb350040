import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { Backlog } from '../../../src/core/database/Backlog.ts';
import { replayOn } from '../../../src/core/database/resilient.ts';
import { Journal } from '../../../src/core/journal/Journal.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { days } from '../../../src/core/time.ts';
import { MemoryConversationRepository } from '../../../src/plugins/memory/repositories/MemoryConversationRepository.ts';

const log = createLog({ level: 'fatal', secrets: [] });
const entries = 100_000;
const people = 5_000;

/** A journal in which 100,000 exchanges of 5,000 people wait for a database, and what becomes of them. */
export class JournalWork implements AsyncDisposable {
  readonly #folder: string;
  #journal: Journal;
  #backlog: Backlog;

  private constructor(folder: string, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
    this.#backlog = backlogOf(journal);
  }

  static async make(): Promise<JournalWork> {
    const folder = await mkdtemp(join(tmpdir(), 'steward-blocking-'));
    const work = new JournalWork(folder, await openJournal(folder));
    for (let done = 0; done < entries; done += 500)
      await Promise.all(Array.from({ length: 500 }, (_, index) => work.#append(done + index)));
    return work;
  }

  /** As at a boot: the journal is read. */
  async open(): Promise<void> {
    await this.#journal.close();
    this.#journal = await openJournal(this.#folder);
    this.#backlog = backlogOf(this.#journal);
  }

  takeStock(): Promise<void> {
    return this.#backlog.takeStock();
  }

  remember(): Promise<void> {
    return this.#backlog.remember();
  }

  replay(): Promise<void> {
    return this.#backlog.replay();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal.close();
    await rm(this.#folder, { recursive: true });
  }

  #append(number: number): Promise<unknown> {
    const person = String(100_000_000_000_000_000n + BigInt(number % people));
    const options = { key: `${number}`, at: new Date() };
    const parameters = [person, 'somebody', 'How are you? '.repeat(5), 'Very well. '.repeat(20), options];
    return this.#journal.append('write', { repository: 'memory', method: 'saveMessage', parameters }, { person });
  }
}

const openJournal = (folder: string): Promise<Journal> => Journal.open({ folder, log, maxBytes: 2 ** 30 });

/** With a database that answers at once, so that all of the time is ours. */
function backlogOf(journal: Journal): Backlog {
  const memory = new MemoryConversationRepository({ now: Date.now }, { retention: days(30), limit: 50 });
  const connection = {
    async query<Row>(_sql: string, [ids]: readonly unknown[] = []): Promise<Row[]> {
      await others();
      return Array.isArray(ids) ? ids.map((id) => ({ id }) as Row) : [];
    },
    transaction: <T>(work: () => Promise<T>): Promise<T> => work(),
  };
  const backlog = new Backlog({
    ...{ journal, log, connection },
    isReachable: () => true,
    isConnected: () => true,
    onKept: () => undefined,
  });
  const rules = { name: 'memory', writes: { saveMessage: { options: 4 } } };
  backlog.register('memory', () => others(), replayOn(memory, rules));
  return backlog;
}
