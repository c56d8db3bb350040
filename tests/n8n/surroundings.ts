import { inject, onTestFinished } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { ModelServer } from './ModelServer.ts';

/** The model that n8n asks during a test. */
export async function startModel(): Promise<ModelServer> {
  const model = await ModelServer.start(inject('n8n').modelPort);
  onTestFinished(() => model[Symbol.asyncDispose]());
  return model;
}

/** The variables of a bot whose workflow is n8n's at this path, or at this address. */
export function environmentFor(path: string): Record<string, string> {
  const { webhooks, header, database } = inject('n8n');
  return {
    ...database,
    N8N_WEBHOOK_URL: URL.canParse(path) ? path : `${webhooks}${path}`,
    N8N_AUTH_HEADER_NAME: header.name,
    N8N_AUTH_HEADER_VALUE: header.value,
  };
}

/** The whole bot with them during a test. */
export async function startBot(path: string, variables: RawEnvironment = {}): Promise<TestBot> {
  const bot = await startTestBot({ environment: { ...environmentFor(path), ...variables } });
  onTestFinished(() => bot[Symbol.asyncDispose]());
  return bot;
}

/** Somebody whom the shared database does not know from another test. */
export function personOf({ discord }: Pick<TestBot, 'discord'>, username = 'ada'): SimulatedUser {
  const id = String(10n ** 17n + BigInt(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)));
  return discord.addUser({ id, username });
}

/** What the bot logged as the cause of each answer that it could not get. */
export const causesOf = ({ log }: TestBot): unknown[] => log.flatMap(({ err }) => (isFault(err) ? [err.code] : []));

const isFault = (err: unknown): err is { code: unknown } => typeof err === 'object' && err !== null && 'code' in err;
