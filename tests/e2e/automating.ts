import { randomUUID } from 'node:crypto';
import type { TestBot } from '#testing';
import { parseSecrets, sign } from '../../src/plugins/n8n-bridge/signature.ts';
import { query } from './query.ts';

export const secret = Buffer.alloc(32, 'right').toString('base64');
export const oldSecret = Buffer.alloc(32, 'older').toString('base64');
export const keys = (list = secret) => parseSecrets(list) ?? [];

export interface Call {
  readonly id?: string;
  readonly at?: number;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

/** Posts what is signed in order, unless told otherwise. */
export async function post(bot: TestBot, path: string, body: unknown, call: Call = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = sign(keys(call.secret), call.id ?? randomUUID(), call.at ?? Date.now(), text);
  const headers = { 'content-type': 'application/json', ...signed, ...call.headers };
  return answerOf(await fetch(addressOf(bot) + path, { method: 'POST', headers, body: text }));
}

export async function contextOf(bot: TestBot, userId: string, id = `${userId}-${randomUUID()}`) {
  const headers = { ...sign(keys(), id, Date.now(), '') };
  return answerOf(await fetch(`${addressOf(bot)}/automation/users/${userId}/context`, { headers }));
}

export const addressOf = (bot: TestBot): string =>
  String(bot.log.findLast((line) => line.msg === 'The health check listens.')?.address);

const answerOf = async (response: Response) => ({
  status: response.status,
  retryAfter: response.headers.get('retry-after'),
  body: (await response.json()) as Record<string, unknown>,
});

export const logged = (bot: TestBot, msg: string) => bot.log.filter((line) => line.msg === msg);

export const usageOf = (bot: TestBot, userId: string) =>
  query(
    bot.environment,
    `SELECT command_name, automated, success FROM command_usage c JOIN users u ON u.id = c.user_id
     WHERE discord_id = $1 ORDER BY command_name`,
    [userId],
  );
export const moderationOf = (bot: TestBot, userId: string) =>
  query(
    bot.environment,
    `SELECT action, reason, actor FROM moderation_log l JOIN users u ON u.id = l.user_id WHERE discord_id = $1`,
    [userId],
  );
