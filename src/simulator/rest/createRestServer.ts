import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { applicationRoutes } from './applicationRoutes.ts';
import { attachmentRoutes } from './attachmentRoutes.ts';
import { channelRoutes } from './channelRoutes.ts';
import { DiscordError, refusals } from './DiscordError.ts';
import { FormErrors } from './FormErrors.ts';
import { gatekeeping } from './gatekeeping.ts';
import { gatewayRoutes } from './gatewayRoutes.ts';
import { guildRoutes } from './guildRoutes.ts';
import { interactionRoutes } from './interactionRoutes.ts';
import { messageRoutes } from './messageRoutes.ts';
import type { RestHost } from './RestHost.ts';
import { readJson, readMultipart } from './SentBody.ts';
import { userRoutes } from './userRoutes.ts';
import { webhookRoutes } from './webhookRoutes.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const ROUTES = [
  gatewayRoutes,
  userRoutes,
  channelRoutes,
  messageRoutes,
  guildRoutes,
  applicationRoutes,
  interactionRoutes,
  webhookRoutes,
];

/** The HTTP side of the simulator: REST under `/api/v10` (and `/api/v9`), and the attachments' bytes. */
export function createRestServer(host: RestHost): FastifyInstance {
  const app = fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) =>
    readJson(body),
  );
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer) =>
    readMultipart(body, request.headers['content-type'] ?? ''),
  );
  // Node would take the operating system's time, and one of up to a second ago.
  app.addHook('onSend', async (_request, reply) => {
    reply.header('date', new Date(Date.now()).toUTCString());
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw refusals.notFound();
  });
  attachmentRoutes(app, host);
  for (const prefix of ['/api/v10', '/api/v9']) {
    app.register(
      (api, _options, done) => {
        gatekeeping(api, host, prefix);
        for (const routes of ROUTES) routes(api, host);
        api.setNotFoundHandler(() => {
          throw refusals.notFound();
        });
        done();
      },
      { prefix },
    );
  }
  return app;
}

async function answerError(error: FastifyError | DiscordError, _request: FastifyRequest, reply: FastifyReply) {
  const refusal = error instanceof DiscordError ? error : translate(error);
  // A bug of the simulator must not look like Discord having a bad day.
  if (!refusal) return reply.code(500).send({ message: '500: Internal Server Error', code: 0, simulator: error.stack });
  return reply.code(refusal.status).send(refusal.toJSON());
}

function translate(error: FastifyError): DiscordError | undefined {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refusals.tooLarge();
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return wrongContentType();
  return (error.statusCode ?? 500) < 500 ? refusals.badRequest() : undefined;
}

function wrongContentType(): DiscordError {
  const expected = 'Expected "Content-Type" header to be one of {\'application/json\'}.';
  return FormErrors.refusal([], 'CONTENT_TYPE_INVALID', expected);
}
