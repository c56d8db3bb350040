import { definePlugin } from '#core';
import { asRefusal } from './asRefusal.ts';
import { environment } from './environment.ts';
import { N8nMemoryRepository } from './repositories/N8nMemoryRepository.ts';
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
    env: environment,
    services: {
      workflow: ({ env, log, container: { clock, metrics } }) =>
        new Workflow({
          url: env.N8N_WEBHOOK_URL,
          timeout: env.N8N_TIMEOUT_MS,
          headers: authHeader(env.N8N_AUTH_HEADER_NAME, env.N8N_AUTH_HEADER_VALUE),
          signingKeys: env.N8N_SIGNING_SECRET,
          maxConcurrent: env.N8N_MAX_CONCURRENT,
          maxWaiting: env.N8N_MAX_WAITING,
          clock,
          log,
          metrics,
        }),
      n8nMemory: ({ container }) => new N8nMemoryRepository(container.database),
    },
    conversation: {
      respond: (turn, recollection, _draft, { container, env }) =>
        container.workflow
          .call(toPayload(turn, recollection, env.MEMORY_OWNER !== 'n8n'))
          .catch((error: unknown) => Promise.reject(asRefusal(error))),
      forget: async ({ userId }, { container: { intake, n8nMemory }, log }) => {
        // n8n remembers a turn when it has answered it, so one that is under way now would bring it back.
        intake
          .afterTurnsOf(userId, (person) => n8nMemory.flushUser(person))
          .catch((error: unknown) => log.error({ err: error }, "A turn under way may have stayed in n8n's memory."));
        const removed = await (userId === undefined ? n8nMemory.flushAll() : n8nMemory.flushUser(userId));
        return { "messages of n8n's memory": removed };
      },
      exportData: async (userId, { container }) => ({ n8nMemory: await container.n8nMemory.getMessages(userId) }),
    },
    health: ({ container }) => ({ workflow: container.workflow.health }),
  });

const authHeader = (name: string | undefined, value: string | undefined): Record<string, string> =>
  name === undefined || value === undefined ? {} : { [name]: value };
