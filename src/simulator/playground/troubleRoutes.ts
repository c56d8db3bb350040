import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Mood, moods } from '../workflowMoods.ts';
import type { Insight } from './Insight.ts';
import { type Mishap, NoMishapError, type Trouble } from './Trouble.ts';

type Switches = { database?: 'up' | 'down'; workflow?: Mood };

const switches = {
  type: 'object',
  anyOf: [{ required: ['database'] }, { required: ['workflow'] }],
  properties: { database: { enum: ['up', 'down'] }, workflow: { enum: moods } },
};

const mishap = {
  type: 'object',
  required: ['kind', 'userId'],
  properties: { kind: { enum: ['drop', 'repeat', 'limit'] }, userId: { type: 'string' } },
};

/**
 * `POST /trouble` switches the database or the workflow, `POST /mishaps` lets something happen to Discord once, and
 * `POST /calm` ends all of it.
 */
export function troubleRoutes(
  server: FastifyInstance,
  { trouble, insight, tell }: { trouble: Trouble; insight: Insight | undefined; tell: () => void },
): void {
  const done = async (reply: FastifyReply) => {
    // The bot would notice by itself, but only when it needs the database next.
    await insight?.look();
    tell();
    return reply.send(trouble.state);
  };

  server.post<{ Body: Switches }>('/trouble', { schema: { body: switches } }, async ({ body }, reply) => {
    const missing = 'There is no such switch here: the playground has none of its own for it.';
    if (body.database && !trouble.switchDatabase(body.database)) return reply.code(409).send({ message: missing });
    if (body.workflow && !(await trouble.switchWorkflow(body.workflow))) {
      return reply.code(409).send({ message: missing });
    }
    return done(reply);
  });

  server.post<{ Body: { kind: Mishap; userId: string } }>(
    '/mishaps',
    { schema: { body: mishap } },
    async ({ body }, reply) => {
      try {
        trouble.strike(body.kind, body.userId);
      } catch (error) {
        if (!(error instanceof NoMishapError)) throw error;
        return reply.code(409).send({ message: error.message });
      }
      tell();
      return trouble.state;
    },
  );

  server.post('/calm', async (_request, reply) => {
    await trouble.end();
    return done(reply);
  });
}
