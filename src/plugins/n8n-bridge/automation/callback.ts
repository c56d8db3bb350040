import { z } from 'zod';
import { actionTypes } from '../actions/Action.ts';
import { schemaOf } from './schemaOf.ts';

const text = z.string().optional();

const reply = z.looseObject({
  output: text.meta({
    description: 'The answer; or under `reply`, `response` or `text`, or one of these within `data`.',
  }),
  tokens: z.int().min(0).optional().meta({ description: 'What the model used.' }),
  actions: z
    .array(z.looseObject({ type: z.enum(actionTypes) }))
    .max(5)
    .optional()
    .meta({ description: 'What else is to be done to the person of the turn, as far as N8N_ACTIONS allows it.' }),
});

const answers: Readonly<Record<number, string>> = {
  200: 'Taken: the person gets it.',
  401: 'The token is missing or wrong.',
  409: 'The turn has an answer already.',
  410: 'The time is over, or the message is gone.',
  413: 'The body is above 1 MiB.',
  422: 'There is no text in it. It may come again.',
  503: 'It can be kept nowhere just now. It may come again after the seconds of Retry-After.',
};

/** How the answer to a turn comes later, as OpenAPI describes it; its address is in each call, with PUBLIC_URL. */
export const callback = {
  '/n8n/turns/{turnId}/reply': {
    post: {
      operationId: 'answerLater',
      summary: 'Answers a turn, once, by the callbackUrl of its call. Needs PUBLIC_URL.',
      security: [{ callbackToken: [] }],
      parameters: [{ name: 'turnId', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: schemaOf(reply, 'input') },
          'text/plain': { schema: { type: 'string' } },
        },
      },
      responses: Object.fromEntries(Object.entries(answers).map(([status, description]) => [status, { description }])),
    },
  },
};
