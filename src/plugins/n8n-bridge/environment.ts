import { z } from 'zod';
import { integer, seconds } from '#core';
import { parseSecrets } from './signature.ts';

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
          'Signs each call (https://www.standardwebhooks.com): base64, as from openssl rand -base64 32. Of several, separated by commas, each signs.',
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
    MEMORY_OWNER: z.enum(['bot', 'n8n', 'both'], { error: 'must be bot, n8n or both' }).default('bot').meta({
      description:
        'Who feeds history to the model: bot sends conversationContext, n8n leaves it empty, both sends it too.',
    }),
  })
  .refine((values) => (values.N8N_AUTH_HEADER_NAME === undefined) === (values.N8N_AUTH_HEADER_VALUE === undefined), {
    path: ['N8N_AUTH_HEADER_VALUE'],
    error: 'must be set together with N8N_AUTH_HEADER_NAME: without both, n8n gets no header',
  });
