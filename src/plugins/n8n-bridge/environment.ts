import { z } from 'zod';
import { integer, seconds } from '#core';

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
    N8N_TIMEOUT_MS: integer(100, 280_000)
      .default(seconds(90))
      .meta({ description: 'Milliseconds to wait for a reply.' }),
    MEMORY_OWNER: z.enum(['bot', 'n8n', 'both'], { error: 'must be bot, n8n or both' }).default('bot').meta({
      description:
        'Who feeds history to the model: bot sends conversationContext, n8n leaves it empty, both sends it too.',
    }),
  })
  .refine((values) => (values.N8N_AUTH_HEADER_NAME === undefined) === (values.N8N_AUTH_HEADER_VALUE === undefined), {
    path: ['N8N_AUTH_HEADER_VALUE'],
    error: 'must be set together with N8N_AUTH_HEADER_NAME: without both, n8n gets no header',
  });
