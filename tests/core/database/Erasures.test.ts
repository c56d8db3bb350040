import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../../src/core/database/Database.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { hours, minutes, systemClock } from '../../../src/core/time.ts';
import type { ConversationRepository } from '../../../src/plugins/memory/repositories/ConversationRepository.ts';
import { DatabaseConversationRepository } from '../../../src/plugins/memory/repositories/DatabaseConversationRepository.ts';
import { MemoryConversationRepository } from '../../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { FaultProxy } from '../../../src/testing/network/FaultProxy.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const poll = { timeout: 40_000, interval: 20 };

/** One of two bots on one database; its way there can be broken. */
interface Instance {
  readonly database: Database;
  readonly conversations: ConversationRepository;
  readonly mirror: MemoryConversationRepository;
  readonly proxy: FaultProxy;
}

describe.skipIf(!inject('postgres'))('an erasing', { timeout: 120_000 }, () => {
  let test: TestDatabase;
  let here: Instance;
  let there: Instance;
  const instances: Instance[] = [];
  const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

  beforeEach(async () => {
    test = await createTestDatabase();
    [here, there] = [await open(), await open()];
  });
  afterEach(async () => {
    for (const { database, proxy } of instances.splice(0)) {
      await database.close();
      await proxy[Symbol.asyncDispose]();
    }
    await test.drop();
  });

  async function open(): Promise<Instance> {
    const { DB_HOST, DB_PORT } = test.environment;
    const proxy = await FaultProxy.start({ host: String(DB_HOST), port: Number(DB_PORT) });
    const environment = { ...test.environment, DB_HOST: proxy.host, DB_PORT: String(proxy.port) };
    const log = createLog({ level: 'silent', secrets: [] });
    const database = await openDatabase({ ...environment, DB_QUERY_TIMEOUT: '2000' }, { log });
    const instance = { database, proxy, ...remember(database) };
    await database.complete();
    instances.push(instance);
    return instance;
  }

  function remember(database: Database): Pick<Instance, 'conversations' | 'mirror'> {
    const mirror = new MemoryConversationRepository(systemClock, { retention: hours(24), limit: 20 });
    const primary = new DatabaseConversationRepository(database, systemClock, (...lesson) => mirror.learn(...lesson));
    const conversations = database.resilient<ConversationRepository, MemoryConversationRepository>({
      name: 'conversations',
      erasedWith: 'conversations',
      primary,
      mirror,
      writes: { saveMessage: { options: 4 } },
    });
    return { conversations, mirror };
  }

  const say = ({ conversations }: Instance, person: string, text: string, at: Date) =>
    conversations.saveMessage(person, person, text, 'answer', { key: `${person}:${text}`, at });
  const textsOf = async (
    repository: { getRecentMessages: MemoryConversationRepository['getRecentMessages'] },
    person: string,
  ) => (await repository.getRecentMessages(person, 20)).map(({ userMessage }) => userMessage);
  const breakOff = async ({ database, proxy }: Instance) => {
    await proxy.refuse();
    await database.query('SELECT 1').catch(() => undefined);
    await expect.poll(() => database.state, poll).toBe('degraded');
  };
  const mend = async ({ database, proxy }: Instance) => {
    await proxy.heal();
    await expect.poll(() => database.state, poll).toBe('connected');
  };

  it.each([
    ['of one person', (one: Instance, at: Date) => one.database.erasures.forgetUser(ada, { at }), ['kept']],
    ['of everyone', (one: Instance, at: Date) => one.database.erasures.forgetEveryone({ at }), []],
  ] as const)('%s is heard by the memory of every instance, and counted', async (_name, forget, left) => {
    for (const one of [here, there]) await say(one, ada, `by ${one === here}`, ago(minutes(2)));
    await say(there, grace, 'kept', ago(minutes(2)));
    await say(there, ada, 'later', ago(0));
    for (const one of [here, there]) await one.conversations.getRecentMessages(ada, 20);
    const rows = { exchanges: 3 - left.length, statistics: 0, 'messages counted in limits': 0 };
    expect(await forget(here, ago(minutes(1)))).toEqual(rows);
    // This one without a notification.
    expect(await textsOf(here.mirror, ada)).toEqual(['later']);
    await expect.poll(() => textsOf(there.mirror, ada), poll).toEqual(['later']);
    expect(await textsOf(there.conversations, grace)).toEqual(left);
  });

  it('beats what another instance kept in its journal meanwhile', async () => {
    await say(there, ada, 'in the database', ago(minutes(3)));
    await breakOff(there);
    await say(there, ada, 'in a journal', ago(minutes(2)));
    await here.database.erasures.forgetUser(ada, { at: ago(minutes(1)) });
    expect(await textsOf(there.conversations, ada)).toEqual(['in the database', 'in a journal']);
    await say(there, ada, 'after it', ago(0));
    await mend(there);
    expect(await textsOf(there.conversations, ada)).toEqual(['after it']);
    expect(await textsOf(there.mirror, ada)).toEqual(['after it']);
  });

  it('that waits in a journal is carried out once, and nothing from before it comes back from anywhere', async () => {
    await say(here, ada, 'in the database', ago(minutes(3)));
    await textsOf(there.conversations, ada);
    await breakOff(here);
    await say(here, ada, 'in this journal', ago(minutes(2)));
    expect(await here.database.erasures.forgetUser(ada, { at: ago(minutes(1)) })).toBeUndefined();
    expect(await textsOf(here.conversations, ada)).toEqual([]);
    await breakOff(there);
    await say(there, ada, 'in that journal', ago(minutes(2)));
    await say(here, ada, 'after it', ago(0));
    await mend(here);
    expect(await textsOf(here.conversations, ada)).toEqual(['after it']);
    await mend(there);
    for (const one of [there, here]) expect(await textsOf(one.conversations, ada)).toEqual(['after it']);
    expect(await textsOf(there.mirror, ada)).toEqual(['after it']);
    expect(here.database.journal.depth('write')).toBe(0);
  });

  it.each([
    ['of one person', (one: Instance, at: Date) => one.database.erasures.forgetUser(ada, { at })],
    ['of everyone', (one: Instance, at: Date) => one.database.erasures.forgetEveryone({ at })],
  ] as const)('%s keeps what is told late out of the memory of a bot that starts after it', async (_name, forget) => {
    await forget(here, ago(minutes(30)));
    const started = await open();
    await breakOff(started);
    await say(started, ada, 'told late', ago(minutes(31)));
    await say(started, ada, 'after it', ago(0));
    expect(await textsOf(started.conversations, ada)).toEqual(['after it']);
  });

  it('that waits in a journal is known to a memory that is made anew meanwhile', async () => {
    await breakOff(here);
    await say(here, ada, 'in the journal', ago(minutes(2)));
    await here.database.erasures.forgetUser(ada, { at: ago(minutes(1)) });
    const { conversations } = remember(here.database);
    await here.database.complete();
    expect(await textsOf(conversations, ada)).toEqual([]);
    await say({ ...here, conversations }, ada, 'told late', ago(minutes(2)));
    expect(await textsOf(conversations, ada)).toEqual([]);
  });

  it('takes what is about it out of the dead letters', async () => {
    const letter = async (text: string, person: string) => {
      const at = ago(minutes(2));
      const body = {
        repository: 'conversations',
        method: 'saveMessage',
        parameters: [person, '', text, '', { key: text, at }],
      };
      const entry = await here.database.journal.append('write', body, { person });
      here.database.journal.settle([entry]);
      await here.database.journal.deadLetters.add({ ...entry, at: at.getTime() }, { code: '22000', reason: 'No.' });
    };
    await letter('hers', ada);
    await letter('of somebody else', grace);
    await here.database.erasures.forgetUser(ada, { at: ago(minutes(1)) });
    await expect
      .poll(async () => (await here.database.journal.deadLetters.list()).map(({ entry }) => entry.person), poll)
      .toEqual([grace]);
  });

  it('of everyone keeps nobody from writing, however long it takes', async () => {
    const { database } = there;
    await database.query(`SELECT log_message($1, 'ada', now(), 'dm', 'chat', 1, 1, 'counted')`, [ada]);
    let forgetting: Promise<unknown> = Promise.resolve();
    await database.transaction(async () => {
      await database.query('SELECT FROM message_stats FOR UPDATE');
      forgetting = here.database.erasures.forgetEveryone({ at: new Date() });
      const waiting =
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%forget_everyone%'";
      await expect.poll(async () => (await here.database.query(waiting)).length, poll).toBe(1);
      const at = new Date(Date.now() + minutes(1)).toISOString();
      await here.database.query(`SELECT save_conversation($1, 'ada', 'meanwhile', '', $2, NULL)`, [ada, at]);
      await here.database.query('SELECT * FROM check_rate_limit($1, 5, 60000, $2, $3)', [
        ada,
        Date.parse(at),
        'meanwhile',
      ]);
    });
    expect(await forgetting).toMatchObject({ exchanges: 0, statistics: 1 });
    expect(await textsOf(there.conversations, ada)).toEqual(['meanwhile']);
  });

  it('cannot be counted while the database is away', async () => {
    await say(here, ada, 'one', ago(0));
    expect(await here.database.erasures.countEveryone()).toMatchObject({ exchanges: 1, statistics: 0 });
    await breakOff(here);
    expect(await here.database.erasures.countEveryone()).toBeUndefined();
  });
});
