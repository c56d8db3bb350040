import { describe, expect, it } from 'vitest';
import type { Turn } from '../../../src/core/conversation/Turn.ts';
import { toPayload } from '../../../src/plugins/n8n-bridge/WorkflowPayload.ts';

const turn: Turn = {
  id: '1',
  channelId: '2',
  userId: '3',
  username: 'ada',
  text: 'Hello',
  attachments: [],
  at: new Date('2026-02-12T19:00:00Z'),
};
const exchange = (userMessage: string, length = 0) => ({
  userMessage,
  aiResponse: 'x'.repeat(length),
  timestamp: new Date('2026-02-12T18:00:00Z'),
});

describe('the payload of a workflow call', () => {
  it('has the history, oldest first, with moments in ISO 8601', () => {
    const { conversationContext, timestamp } = toPayload(
      turn,
      { history: [exchange('first'), exchange('second')], warnings: 0 },
      true,
    );
    expect(timestamp).toBe('2026-02-12T19:00:00.000Z');
    expect(conversationContext.map(({ userMessage }) => userMessage)).toEqual(['first', 'second']);
    expect(conversationContext[0]?.timestamp).toBe('2026-02-12T18:00:00.000Z');
  });

  it('has no history where the workflow keeps its own', () => {
    expect(toPayload(turn, { history: [exchange('first')], warnings: 0 }, false).conversationContext).toEqual([]);
  });

  it('leaves the oldest exchanges out where n8n could not take them all', () => {
    const history = [exchange('huge', 400_000), exchange('large', 400_000), exchange('small', 10)];
    const { conversationContext } = toPayload(turn, { history, warnings: 0 }, true);
    expect(conversationContext.map(({ userMessage }) => userMessage)).toEqual(['large', 'small']);
  });
});
