import { afterAll, describe, expect, inject, it } from 'vitest';
import { describeRepository, hours } from '#testing';
import type { Database } from '../../src/core/database/Database.ts';
import type { ConversationRepository } from '../../src/plugins/memory/repositories/ConversationRepository.ts';
import { DatabaseConversationRepository } from '../../src/plugins/memory/repositories/DatabaseConversationRepository.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';

const ada = '100000000000000001';

async function kindOf(database: Database | undefined): Promise<string> {
  if (!database) return 'memory';
  const [row] = await database.query<{ version: string }>('SELECT version()');
  return row?.version.includes('wasm') || row?.version.includes('emcc') ? 'PGlite' : 'PostgreSQL';
}

describe('describeRepository', () => {
  const ran: string[] = [];
  afterAll(() => {
    expect(ran).toEqual(['memory', 'PGlite', ...(inject('postgres') ? ['PostgreSQL'] : [])]);
  });

  describeRepository<ConversationRepository>(
    'a repository',
    {
      memory: ({ clock }) => new MemoryConversationRepository(clock, { retention: hours(24), limit: 20 }),
      database: ({ clock, database }) => new DatabaseConversationRepository(database, clock),
    },
    (test) => {
      it('begins empty', async () => {
        await test.repository.saveMessage(ada, 'ada', 'Hello', 'Hi!', { at: test.clock.at(-1_000) });
        expect(await test.repository.getRecentMessages(ada, 20)).toHaveLength(1);
      });

      it('begins empty again', async () => {
        expect(await test.repository.getRecentMessages(ada, 20)).toEqual([]);
        ran.push(await kindOf(test.database));
      });
    },
  );
});
