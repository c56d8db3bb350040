import { z } from 'zod';
import { integer, seconds } from '#core';
import { type ActionType, actionTypes } from './actions/Action.ts';
import { parseSecrets } from './signature.ts';

const isActionType = (name: string): name is ActionType => actionTypes.some((type) => type === name);

function hasNoPassword(address: string): boolean {
  const url = URL.parse(address);
  return !url?.username && !url?.password;
}

/** What the bridge has to know of n8n. */
export const environment = z
  .object({
    N8N_WEBHOOK_URL: z
      .url({ protocol: /^https?$/, error: 'must be the http or https address of the workflow’s webhook' })
      // fetch refuses such an address, and the log would show it.
      .refine(hasNoPassword, { error: 'must hold no user and password: use N8N_AUTH_HEADER_NAME and …_VALUE' })
      .meta({
        description: "The workflow's production URL. Required with a token; the playground brings a stand-in.",
      }),
    N8N_AUTH_HEADER_NAME: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'must be the name of an HTTP header' })
      .optional()
      .meta({ description: 'Header that n8n’s "Header Auth" credential asks for.' }),
    N8N_AUTH_HEADER_VALUE: z
      .string()
      .regex(/^[\t\x20-\x7e\x80-\xff]+$/, {
        error: 'must be what an HTTP header can hold: one line of plain characters',
      })
      .optional()
      .meta({ secret: true, description: 'Its value.' }),
    N8N_SIGNING_SECRET: z
      .string()
      .transform((list, context) => {
        const keys = parseSecrets(list);
        if (keys) return keys;
        const message = 'must be 24 to 64 bytes in base64; make one with: openssl rand -base64 32';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
      .default([])
      .meta({
        secret: true,
        description:
          'Signs each call (https://www.standardwebhooks.com), and opens the automation API: base64, as from openssl rand -base64 32. Of several, separated by commas, each signs.',
      }),
    PUBLIC_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .refine(hasNoPassword, { error: 'must hold no user and password: they would stand in each call' })
      .refine((address) => !/[?#]/.test(address), {
        error: 'must have no "?" and no "#": what follows is added by the bot',
      })
      .transform((address) => address.replace(/\/+$/, ''))
      .optional()
      .meta({
        description:
          'Where n8n reaches the bot’s HTTP server, such as https://bot.example.com. Needed where a workflow answers later, by a callback.',
      }),
    N8N_TIMEOUT_MS: integer(100, 280_000)
      .default(seconds(90))
      .meta({ description: 'Milliseconds to wait for a reply, the wait for a free call included.' }),
    N8N_MAX_CONCURRENT: integer(1, 1_000)
      .default(20)
      .meta({ description: 'Calls of the workflow at a time. One n8n process makes 5 to 40 runs a second.' }),
    N8N_MAX_WAITING: integer(0, 100_000)
      .default(500)
      .meta({ description: 'Turns that may wait for a free call; those above get the apology at once.' }),
    N8N_ACTIONS: z
      .string()
      .transform((list, context) => {
        const names = [...new Set(list.split(/[\s,]+/).filter((name) => name !== ''))];
        if (names.every(isActionType)) return names;
        const message = `must be a list of ${actionTypes.join(' and ')}, separated by commas; empty, it allows none`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
      .default([])
      .meta({
        description: `What a reply's \`actions\` may do to the person of its turn, separated by commas: ${actionTypes.join(', ')}.`,
      }),
    MEMORY_OWNER: z.enum(['bot', 'n8n', 'both'], { error: 'must be bot, n8n or both' }).default('bot').meta({
      description:
        'Who feeds history to the model: bot sends conversationContext, n8n leaves it empty, both sends it too.',
    }),
  })
  .refine((values) => (values.N8N_AUTH_HEADER_NAME === undefined) === (values.N8N_AUTH_HEADER_VALUE === undefined), {
    path: ['N8N_AUTH_HEADER_VALUE'],
    error: 'must be set together with N8N_AUTH_HEADER_NAME: without both, n8n gets no header',
  });
