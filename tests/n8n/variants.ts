import { randomUUID } from 'node:crypto';
import type { N8nTemplate } from '../docs/n8nTemplate.ts';

/** How a workflow differs from a template, besides its id, name and path, which are one. */
interface Change {
  readonly id: string;
  /** Parameters over those of the nodes, by the node's name. */
  readonly parameters?: Readonly<Record<string, object>>;
  readonly without?: string;
  readonly nodes?: N8nTemplate['nodes'];
  readonly connections?: N8nTemplate['connections'];
}

function vary(template: N8nTemplate, { id, parameters = {}, without, nodes = [], connections = {} }: Change) {
  const changes: Readonly<Record<string, object>> = { ...parameters, Webhook: { ...parameters.Webhook, path: id } };
  const kept = template.nodes.filter(({ name }) => name !== without);
  return {
    ...template,
    id,
    name: id,
    nodes: [
      ...kept.map((node) => ({
        ...node,
        parameters: { ...node.parameters, ...changes[node.name] },
        ...(node.name === 'Webhook' && { webhookId: randomUUID() }),
      })),
      ...nodes,
    ],
    connections: Object.fromEntries(
      Object.entries({ ...template.connections, ...connections }).filter(([name]) => name !== without),
    ),
  };
}

/** What no template does, and people's workflows do. */
export function variants(template: (file: string) => N8nTemplate): {
  readonly published: readonly N8nTemplate[];
  readonly unpublished: N8nTemplate;
} {
  const streaming = template('agent-streaming.json');
  const context = template('agent-with-context.json');
  const calculator = {
    id: randomUUID(),
    name: 'Calculator',
    type: '@n8n/n8n-nodes-langchain.toolCalculator',
    typeVersion: 1,
    position: [340, 220],
    parameters: {},
  };
  const streams = { responseMode: 'streaming' };
  return {
    published: [
      vary(template('database-without-ai.json'), { id: 'forGet', parameters: { Webhook: { httpMethod: 'GET' } } }),
      vary(streaming, {
        id: 'streamingTool',
        nodes: [calculator],
        connections: { Calculator: { ai_tool: [[{ node: 'AI Agent', type: 'ai_tool', index: 0 }]] } },
      }),
      vary(context, {
        id: 'streamingRespond',
        parameters: { Webhook: streams, 'AI Agent': { options: { enableStreaming: false } } },
      }),
      vary(context, { id: 'streamingTwice', parameters: { Webhook: streams } }),
      vary(template('agent-with-callback.json'), {
        id: 'immediately',
        parameters: { Webhook: { responseMode: 'onReceived' } },
        without: 'Accept',
        connections: { Webhook: { main: [[{ node: 'AI Agent', type: 'main', index: 0 }]] } },
      }),
    ],
    unpublished: vary(context, { id: 'unpublished' }),
  };
}
