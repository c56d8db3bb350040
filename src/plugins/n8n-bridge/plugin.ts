import { definePlugin } from '#core';
import { Actions } from './actions/Actions.ts';
import { splitReply } from './actions/WorkflowReply.ts';
import { asRefusal } from './asRefusal.ts';
import { Callbacks, callbackKeys } from './Callbacks.ts';
import { environment } from './environment.ts';
import { LateMemories } from './LateMemories.ts';
import { N8nMemoryRepository } from './repositories/N8nMemoryRepository.ts';
import { automationRoutes } from './routes/automation.ts';
import { replyRoute } from './routes/reply.ts';
import { PruneN8nMemoryTask } from './scheduled-tasks/pruneN8nMemory.ts';
import { Workflow } from './Workflow.ts';
import { toPayload } from './WorkflowPayload.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly workflow: Workflow;
    readonly workflowActions: Actions;
    /** Undefined where no answer can come later. */
    readonly callbacks: Callbacks | undefined;
    readonly n8nMemory: N8nMemoryRepository;
    readonly lateMemories: LateMemories;
  }
}

/** Answers turns by an n8n workflow. */
export const n8nBridge = () =>
  definePlugin({
    name: 'n8n-bridge',
    env: environment,
    uses: ['analytics', 'conversations', 'rateLimitRule', 'rateLimits', 'warner', 'warnings'],
    services: {
      workflow: ({ env, log, container: { clock, metrics } }) =>
        new Workflow({
          url: env.N8N_WEBHOOK_URL,
          timeout: env.N8N_TIMEOUT_MS,
          headers: authHeader(env.N8N_AUTH_HEADER_NAME, env.N8N_AUTH_HEADER_VALUE),
          signingKeys: env.N8N_SIGNING_SECRET,
          maxConcurrent: env.N8N_MAX_CONCURRENT,
          maxWaiting: env.N8N_MAX_WAITING,
          takesLater: env.PUBLIC_URL !== undefined,
          clock,
          log,
          metrics,
        }),
      workflowActions: (context) => new Actions(context.env.N8N_ACTIONS, context),
      callbacks: ({ env, container: { clock, deriveKey } }) =>
        env.PUBLIC_URL === undefined
          ? undefined
          : new Callbacks(env.PUBLIC_URL, callbackKeys(env.N8N_SIGNING_SECRET, deriveKey), clock),
      n8nMemory: ({ container }) => new N8nMemoryRepository(container.database),
      lateMemories: ({ container }) => new LateMemories(container.n8nMemory, container.clock),
    },
    tasks: { pruneN8nMemory: PruneN8nMemoryTask },
    conversation: {
      recall: async ({ userId }, { container }) => {
        await container.lateMemories.beforeTurn(userId);
        return {};
      },
      respond: async (turn, recollection, draft, { container: { callbacks, workflow, workflowActions }, env }) => {
        const payload = toPayload(turn, recollection, env.MEMORY_OWNER !== 'n8n', callbacks?.urlOf(turn));
        const answer = await workflow.call(payload, draft).catch((error: unknown) => Promise.reject(asRefusal(error)));
        if ('later' in answer) return answer;
        const { reply, actions } = splitReply(answer);
        await workflowActions.carryOut(turn, actions);
        return reply;
      },
      record: (turn, { reply }, { container }) => container.lateMemories.afterTurn(turn, reply !== undefined),
      forget: async ({ userId, at }, { container: { lateMemories, n8nMemory } }) => {
        lateMemories.noteErasing(userId, at);
        await n8nMemory.markErased(userId, at);
        const removed = await (userId === undefined ? n8nMemory.flushAll() : n8nMemory.flushUser(userId));
        return { "messages of n8n's memory": removed };
      },
      exportData: async (userId, { container }) => ({ n8nMemory: await container.n8nMemory.getMessages(userId) }),
    },
    routes: async (app, context) => {
      const { callbacks } = context.container;
      if (callbacks) await app.register(replyRoute(callbacks, context));
      await automationRoutes(app, context.env.N8N_SIGNING_SECRET, context);
    },
    health: ({ container }) => ({ workflow: container.workflow.health }),
  });

const authHeader = (name: string | undefined, value: string | undefined): Record<string, string> =>
  name === undefined || value === undefined ? {} : { [name]: value };
