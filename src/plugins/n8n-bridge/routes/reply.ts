import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import type { PluginContext } from '#core';
import { splitReply } from '../actions/WorkflowReply.ts';
import type { Callbacks } from '../Callbacks.ts';
import type { environment } from '../environment.ts';
import { parseReply } from '../parseReply.ts';
import { verify } from '../signature.ts';
import { WorkflowError } from '../WorkflowError.ts';

/** Bytes of one body, as the server takes them, and of all bodies together: many large ones cannot fill the memory. */
const largest = 1_048_576;
const largestTogether = 4 * largest;

/** Seconds until an answer that could not be kept may be sent again. */
const retryAfter = 5;

/** What is wrong, for whoever looks into n8n's execution. */
const faults = {
  token: [401, 'The token is missing or not for this turn: post to the callbackUrl of the call, as it is.'],
  expired: [410, 'The turn is more than a day old: nobody waits for its answer any more.'],
  signature: [401, 'The signature is wrong: sign with N8N_SIGNING_SECRET, just now and this very body, or not at all.'],
  'too large': [413, 'The answer is larger than 1 MiB: send its text only.'],
  unreadable: [422, 'No text can be found: send {"output": "…"} as JSON in UTF-8. It may be sent again.'],
  answered: [409, 'The turn has its answer: each is answered once.'],
  gone: [410, 'The message that this answers was deleted, or its channel is closed.'],
  busy: [503, 'Too much comes in at once: send it again in a few seconds.'],
  refused: [503, 'The answer can be kept nowhere just now: send it again in a few seconds, and look at the bot’s log.'],
} as const satisfies Record<string, readonly [number, string]>;

type Fault = keyof typeof faults;

interface Route {
  Params: { turnId: string };
  Querystring: { token?: unknown };
  Body: unknown;
}

/** Takes answers that come later: `POST /n8n/turns/:turnId/reply`. */
export function replyRoute(callbacks: Callbacks, { env, container }: PluginContext<typeof environment>) {
  const { N8N_SIGNING_SECRET: signingKeys } = env;
  const callbacksTaken = new Counter({
    name: 'steward_workflow_callbacks_total',
    help: 'Answers that came later, by the status that they got.',
    labelNames: ['status'],
    registers: [container.metrics],
  });
  let inHand = 0;
  const turnOf = ({ params, query }: FastifyRequest<Route>) => callbacks.check(params.turnId, query.token);

  return async (app: FastifyInstance): Promise<void> => {
    app.addHook('onResponse', async (_request, { statusCode }) => callbacksTaken.inc({ status: statusCode }));
    app.removeAllContentTypeParsers();
    // As it came: its signature is of these bytes, and n8n labels texts as it likes.
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler(async (error: FastifyError, _request, reply) => {
      if (error.statusCode !== 413) throw error;
      return refuse(reply, 'too large');
    });
    app.post<Route>('/n8n/turns/:turnId/reply', {
      // Before a byte of the body is read.
      onRequest: async (request, reply) => {
        const turn = turnOf(request);
        if (turn === 'wrong') return refuse(reply, 'token');
        if (turn === 'expired') return refuse(reply, 'expired');
        const length = Math.min(Number(request.headers['content-length'] ?? largest), largest);
        if (inHand + length > largestTogether) return refuse(reply, 'busy');
        inHand += length;
        reply.raw.once('close', () => {
          inHand -= length;
        });
      },
      handler: async (request, reply) => {
        const turn = turnOf(request);
        const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
        if (typeof turn === 'string') return refuse(reply, 'expired');
        if (!isSignedRight(request, signingKeys, container.clock.now(), body)) return refuse(reply, 'signature');
        const answer = read(request, body);
        if (!answer) return refuse(reply, 'unreadable');
        const { reply: text, actions } = splitReply(answer);
        const taken = await container.conversation.answerLater(turn, text);
        if (taken !== 'taken') return refuse(reply, taken);
        await container.workflowActions.carryOut({ id: turn.turnId, userId: turn.userId }, actions);
        return { status: taken };
      },
    });
  };
}

async function refuse(reply: FastifyReply, fault: Fault): Promise<FastifyReply> {
  const [status, error] = faults[fault];
  if (status === 503) reply.header('retry-after', retryAfter);
  return reply.status(status).send({ error });
}

// The token suffices, which the bot itself signed; a signature that is there has to be right.
function isSignedRight({ headers }: FastifyRequest, keys: readonly Buffer[], now: number, body: Buffer): boolean {
  return headers['webhook-signature'] === undefined || keys.length === 0 || !verify(keys, headers, now, body);
}

function read({ headers }: FastifyRequest, body: Buffer) {
  // A form's text is no text for a person.
  if (/^(application\/x-www-form-urlencoded|multipart\/)/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    return parseReply(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof WorkflowError || error instanceof TypeError) return undefined;
    throw error;
  }
}
