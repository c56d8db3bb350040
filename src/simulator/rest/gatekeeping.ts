import { STATUS_CODES } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusals } from './DiscordError.ts';
import type { RestHost } from './RestHost.ts';
import type { SentBody } from './SentBody.ts';

/** Whose address has a token of its own. */
const OF_INTERACTIONS = /^\/(interactions|webhooks)\//;

/** What stands before every route: the token, the limits and the faults; and behind it: the record. */
export function gatekeeping(api: FastifyInstance, host: RestHost, prefix: string): void {
  const { faults, limits } = host;
  const lost = new WeakSet<FastifyRequest>();
  const pathOf = (request: FastifyRequest) => (request.url.split('?')[0] ?? '').slice(prefix.length);

  api.addHook('onRequest', async (request) => {
    const open = pathOf(request) === '/gateway' || OF_INTERACTIONS.test(pathOf(request));
    const known = request.headers.authorization === `Bot ${host.token}`;
    if (faults.rejectToken || !(known || open)) throw refusals.unauthorized();
  });

  api.addHook('preHandler', async (request, reply) => {
    const asked = { method: request.method, path: pathOf(request) };
    await delay(faults.restDelayMs, host.stopping);
    if (host.stopping.aborted) {
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    const { channelId, guildId, token } = request.params as { channelId?: string; guildId?: string; token?: string };
    const route = request.routeOptions.url?.slice(prefix.length) ?? '404';
    const verdict = limits.take({ method: asked.method, route, major: channelId ?? guildId ?? token ?? '' });
    reply.headers(verdict.headers);
    if (verdict.limited) return tooMany(reply, verdict.limited);

    const limit = faults.takeLimit(asked);
    if (limit) return tooMany(reply, { retryAfterMs: limit.retryAfterMs ?? 1_000, global: limit.global ?? false });
    const failure = faults.takeFailure(asked);
    if (failure) {
      const { status, body = { message: `${status}: ${STATUS_CODES[status]}`, code: 0 } } = failure;
      return reply.code(status).send(body);
    }
    if (faults.takeLoss(asked)) lost.add(request);
    return undefined;
  });

  api.addHook('onSend', async (request, reply, payload) => {
    const { payload: body, files = [] } = (request.body as SentBody | undefined) ?? {};
    host.record({
      method: request.method,
      path: pathOf(request),
      query: request.query as Record<string, string>,
      body,
      files: files.map(({ filename, content }) => ({ filename, size: content.length })),
      status: reply.statusCode,
      at: Date.now(),
    });
    if (lost.has(request)) request.raw.socket.resetAndDestroy();
    return payload;
  });
}

async function delay(ms: number, stopping: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await setTimeout(ms, undefined, { signal: stopping });
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}

/** https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit */
function tooMany(reply: FastifyReply, { retryAfterMs, global }: { retryAfterMs: number; global: boolean }) {
  const seconds = retryAfterMs / 1000;
  return reply
    .code(429)
    .headers({
      // Discord rounds this header up to whole seconds; the fraction lets tests be quick.
      'retry-after': String(seconds),
      'x-ratelimit-scope': global ? 'global' : 'user',
      ...(global
        ? { 'x-ratelimit-global': 'true' }
        : { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': String(seconds) }),
    })
    .send({ message: 'You are being rate limited.', retry_after: seconds, global });
}
