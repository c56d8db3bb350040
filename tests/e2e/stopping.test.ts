import { once } from 'node:events';
import { describe, expect, inject, it } from 'vitest';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

describe.skipIf(!inject('postgres'))('a process that is told to stop', { concurrent: true }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'leaves Discord, answers what it has in hand and exits with 0 (%s)',
    async (signal) => {
      await using around = await makeSurroundings();
      const { discord, workflow, environment } = around;
      const thought = Promise.withResolvers<void>();
      workflow.answer = async ({ message }) => {
        await thought.promise;
        return { body: { output: `You said: ${message}` } };
      };
      const bot = await around.start();
      await bot.ready();
      const ada = discord.addUser({ username: 'ada' });
      const { id } = ada.says('Something to think about');
      await workflow.nextCall();

      const left = once(discord, 'disconnected');
      bot.signal(signal);
      await left;
      expect(discord.gateway.live).toBe(false);
      expect(ada.heard).toEqual([]);
      const late = ada.says('Something that comes too late');
      thought.resolve();

      expect(await bot.ended).toBe(0);
      expect(ada.heard.map(({ content }) => content)).toEqual(['You said: Something to think about']);
      expect(bot.stderr).toEqual([]);
      const turns = await query(environment, 'SELECT message_id, finished_at IS NOT NULL AS finished FROM turns');
      expect(turns).toEqual([{ message_id: id, finished: true }]);
      const exchanges = await query(environment, 'SELECT user_message FROM conversations');
      expect(exchanges).toEqual([{ user_message: 'Something to think about' }]);
      expect(workflow.calls.map(({ body }) => body.messageId)).not.toContain(late.id);
    },
  );

  it('finishes a turn whose workflow fails meanwhile with the apology', async () => {
    await using around = await makeSurroundings();
    const thought = Promise.withResolvers<void>();
    around.workflow.answer = async () => {
      await thought.promise;
      return { status: 500, body: { message: 'Error in workflow' } };
    };
    const bot = await around.start();
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    ada.says('Something that cannot be answered');
    await around.workflow.nextCall();
    bot.signal('SIGTERM');
    await once(around.discord, 'disconnected');
    thought.resolve();
    expect((await ada.hears()).content).toMatch(/^Sorry/);
    expect(await bot.ended).toBe(0);
  });
});
