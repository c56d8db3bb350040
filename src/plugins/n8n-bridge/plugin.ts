import { z } from 'zod';
import { definePlugin, integer, seconds } from '#core';
import {
  DatabaseN8nMemoryRepository,
  type N8nMemoryRepository,
  UnreachableN8nMemoryRepository,
} from './repositories/N8nMemoryRepository.ts';
import { Workflow } from './Workflow.ts';
import { toPayload } from './WorkflowPayload.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly workflow: Workflow;
    readonly n8nMemory: N8nMemoryRepository;
  }
}

/** Answers turns by an n8n workflow. */
export const n8nBridge = () =>
  definePlugin({
    name: 'n8n-bridge',
    env: z.object({
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
    }),
    services: {
      workflow: ({ env }) =>
        new Workflow({
          url: env.N8N_WEBHOOK_URL,
          timeout: env.N8N_TIMEOUT_MS,
          headers: authHeader(env.N8N_AUTH_HEADER_NAME, env.N8N_AUTH_HEADER_VALUE),
        }),
      n8nMemory: ({ container: { database } }): N8nMemoryRepository =>
        database.resilient<N8nMemoryRepository>({
          primary: new DatabaseN8nMemoryRepository(database),
          fallback: new UnreachableN8nMemoryRepository(),
        }),
    },
    conversation: {
      respond: (turn, recollection, { container, env }) =>
        container.workflow.call(toPayload(turn, recollection, env.MEMORY_OWNER !== 'n8n')),
      forget: async ({ userId }, { container }) => ({
        "messages of n8n's memory": await container.n8nMemory.flushUser(userId),
      }),
    },
    health: ({ container }) => ({ workflow: container.workflow.health }),
  });

function hasNoPassword(address: string): boolean {
  const url = URL.parse(address);
  return !url?.username && !url?.password;
}

const authHeader = (name: string | undefined, value: string | undefined): Record<string, string> =>
  name === undefined || value === undefined ? {} : { [name]: value };
