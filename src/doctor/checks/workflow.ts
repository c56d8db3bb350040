import { seconds } from '../../core/time.ts';
import type { Check } from '../Check.ts';
import { broken, type Finding, ok, skipped } from '../Finding.ts';
import { makeService } from '../makeService.ts';

/** All that the doctor knows of the workflow's service. */
interface CallsWorkflow {
  call(payload: object): Promise<unknown>;
}

/** Whether the workflow answers a turn: one that says that it is a test. */
export const workflow: Check = {
  what: 'workflow',
  reads: ['N8N', 'MEMORY', 'PUBLIC'],
  cure: 'Look at the workflow’s executions in n8n; if it only takes long, raise N8N_TIMEOUT_MS.',
  // The call has a deadline of its own, whose error says more.
  deadline: ({ plugins, ofPlugin }) => {
    const timeouts = plugins.map((plugin) => Number(ofPlugin(plugin).N8N_TIMEOUT_MS)).filter(Number.isFinite);
    return Math.max(seconds(5), ...timeouts) + seconds(1);
  },
  async run(situation) {
    if (!situation.hasWorkflow)
      return [skipped('workflow', 'a stand-in: without N8N_WEBHOOK_URL the playground brings its own')];
    const service = makeService<CallsWorkflow>(situation, 'workflow');
    if (!service) return [skipped('workflow', 'no plugin calls one')];
    const start = performance.now();
    try {
      const reply = await service.call(testTurn());
      return [ok('workflow', `${saidWhat(reply)} a test turn in ${Math.round(performance.now() - start)} ms`)];
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'WorkflowError') throw error;
      return [fault(error.message)];
    }
  },
};

function saidWhat(reply: unknown): string {
  const { text } = (reply ?? {}) as { text?: unknown };
  return typeof text === 'string' ? 'answered' : 'accepted';
}

// "What is wrong: what to do."
function fault(message: string): Finding {
  const [, finding = message, cure = 'Look at the workflow’s executions in n8n.'] = /^(.*?): (.*)$/.exec(message) ?? [];
  return broken('workflow', finding, cure.charAt(0).toUpperCase() + cure.slice(1));
}

/** Nobody's: Discord gives these ids to no one. */
function testTurn(): object {
  const id = `${Date.now()}`;
  return {
    turnId: id,
    messageId: id,
    channelId: '1',
    userId: '1',
    username: 'npm run doctor',
    message: 'This is a test by npm run doctor. Please answer with anything.',
    timestamp: new Date().toISOString(),
    conversationContext: [],
    attachments: [],
    warnings: 0,
  };
}
