import { expect, it } from 'vitest';
import { n8nBridge } from '../../../src/plugins/n8n-bridge/plugin.ts';

it('asks for the turns that are under way before it erases: one that ends meanwhile is cleared once more', async () => {
  const done: string[] = [];
  const erasing = Promise.withResolvers<number>();
  const container = {
    intake: {
      afterTurnsOf: async (userId: string) => void done.push(`after the turns of ${userId}`),
    },
    n8nMemory: {
      flushUser: (userId: string) => {
        done.push(`erase ${userId}`);
        return erasing.promise;
      },
    },
  };
  const forget = n8nBridge().conversation?.forget;
  const request = { userId: '7', scope: 'conversations', at: new Date(), key: '1' } as const;
  const forgotten = forget?.(request, { container } as never);
  erasing.resolve(3);
  expect(await forgotten).toEqual({ "messages of n8n's memory": 3 });
  expect(done).toEqual(['after the turns of 7', 'erase 7']);
});
