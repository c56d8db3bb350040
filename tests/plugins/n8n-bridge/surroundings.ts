import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { Draft } from '../../../src/core/conversation/Turn.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { Workflow, type WorkflowOptions } from '../../../src/plugins/n8n-bridge/Workflow.ts';
import { WorkflowError } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';
import { toPayload, type WorkflowPayload } from '../../../src/plugins/n8n-bridge/WorkflowPayload.ts';
import { StandInWorkflow } from '../../../src/simulator/StandInWorkflow.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

export const secret = 'open-sesame';
const at = new Date('2026-02-12T19:00:00.000Z');
export const turn = {
  id: '7',
  channelId: '2',
  userId: '3',
  username: 'ada',
  text: 'my diagnosis',
  attachments: [],
  at,
};
export const history = [{ userMessage: 'before', aiResponse: 'answer', timestamp: at }];
export const payload = toPayload(turn, { history, warnings: 1 }, true);

/** A turn of somebody, of which nothing else matters. */
export const turnOf = (userId: string, turnId = userId): WorkflowPayload => ({ ...payload, userId, turnId });

/** A workflow's log lines that a test wants to read. */
interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly err?: { readonly code?: string };
}

export interface Calling {
  readonly workflow: Workflow;
  readonly clock: ControlledClock;
  readonly metrics: Registry;
  readonly log: LogLine[];
}

/** A workflow at an address, patient as no test is, and what it is surrounded by. */
export function callingAt(url: string, options: Partial<WorkflowOptions> = {}): Calling {
  const lines: LogLine[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLog({ level: 'info', secrets: [], destination });
  const [clock, metrics] = [new ControlledClock(), new Registry()];
  const headers = { 'X-Steward-Key': secret };
  const defaults = { timeout: 20_000, signingKeys: [], maxConcurrent: 20, maxWaiting: 500 };
  const workflow = new Workflow({ url, headers, clock, log, metrics, ...defaults, ...options });
  return { workflow, clock, metrics, log: lines };
}

export const workflowAt = (url: string, options?: Partial<WorkflowOptions>): Workflow =>
  callingAt(url, options).workflow;

export async function listen(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
}

export const serve = (answer: RequestListener, port?: number): Promise<string> => listen(createServer(answer), port);

/** An address where nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createTcpServer();
  const url = await listen(server);
  server.close();
  await once(server, 'close');
  return url;
}

/** Calls a workflow that is expected to give no answer. */
export async function failure(
  workflow: Workflow,
  called: WorkflowPayload = payload,
  draft?: Draft,
): Promise<WorkflowError> {
  const error = await workflow.call(called, draft).catch((reason: unknown) => reason);
  if (!(error instanceof WorkflowError)) throw new Error(`Not a WorkflowError: ${JSON.stringify(error)}`);
  return error;
}

export async function startStandIn(): Promise<StandInWorkflow> {
  const standIn = await StandInWorkflow.start();
  onTestFinished(() => standIn.stop());
  return standIn;
}

/** A metric's value, by its labels. */
export async function metric(metrics: Registry, name: string, labels: Record<string, string> = {}): Promise<number> {
  const { values } = (await metrics.getSingleMetric(name)?.get()) ?? { values: [] };
  const matches = values.filter((value) => Object.entries(labels).every(([key, label]) => value.labels[key] === label));
  return matches[0]?.value ?? 0;
}
