import type { FastifyInstance } from 'fastify';
import type { MovableTime } from '../MovableTime.ts';
import type { Insight } from './Insight.ts';

const HOUR_MS = 3_600_000;

const schema = {
  body: { type: 'object', required: ['hours'], properties: { hours: { enum: [24, 30 * 24, 90 * 24] } } },
};

/** `POST /clock` moves the time forward by so many hours, and does what would have been due meanwhile. */
export function clockRoute(
  server: FastifyInstance,
  { time, insight, tell }: { time: MovableTime | undefined; insight: Insight | undefined; tell: () => void },
): void {
  server.post<{ Body: { hours: number } }>('/clock', { schema }, async ({ body }, reply) => {
    if (!time) return reply.code(409).send({ message: 'There is no clock here that could be moved.' });
    // What is being answered would have taken that long.
    if (insight?.status()?.inHand) {
      return reply.code(409).send({ message: 'The bot is at work just now. Move the clock when it has answered.' });
    }
    const from = Date.now();
    time.advance(body.hours * HOUR_MS);
    tell();
    await insight?.moved(from, Date.now());
    return { ahead: time.ahead };
  });
}
