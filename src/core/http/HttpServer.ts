import { type FastifyInstance, type FastifyPluginAsync, fastify } from 'fastify';
import { KernelError } from '../errors.ts';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import type { MountedPlugin } from '../MountedPlugin.ts';
import { seconds } from '../time.ts';

/** The bot's one HTTP server; plugins add routes to it. */
export class HttpServer {
  readonly #app: FastifyInstance;
  readonly #env: KernelEnvironment;
  readonly #log: Log;

  constructor(env: KernelEnvironment, log: Log) {
    this.#env = env;
    this.#log = log;
    this.#app = fastify({
      // Without these a stalled request is never dropped and closing hangs.
      requestTimeout: seconds(10),
      connectionTimeout: seconds(30),
      forceCloseConnections: true,
      bodyLimit: 1_048_576,
      maxRequestsPerSocket: 1_000,
    });
    this.#app.server.maxConnections = 256;
    this.#app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) log.error({ err: error }, 'A request failed.');
      await reply.status(status).send({ error: status >= 500 ? 'Internal Server Error' : 'Bad Request' });
    });
  }

  /**
   * Adds the plugins' routes and listens.
   * @throws KernelError PortTaken, PluginFailed
   */
  async start(plugins: readonly MountedPlugin[]): Promise<void> {
    for (const { plugin, context, reason } of plugins) {
      const { routes, name } = plugin;
      if (!routes || reason !== undefined) continue;
      try {
        const encapsulated: FastifyPluginAsync = async (app) => routes(app, context);
        await this.#app.register(encapsulated);
      } catch (error) {
        throw new KernelError(
          'PluginFailed',
          `The routes of the plugin "${name}" cannot be added: ${(error as Error).message}`,
          { cause: error },
        );
      }
    }
    const { HEALTH_CHECK_HOST: host, HEALTH_CHECK_PORT: port } = this.#env;
    try {
      const address = await this.#app.listen({ host, port });
      this.#log.info({ address }, 'The health check listens.');
    } catch (error) {
      throw refusedPort(error, host, port);
    }
  }

  async close(): Promise<void> {
    await this.#app.close();
  }
}

function refusedPort(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND') return error;
  return new KernelError(
    'PortTaken',
    `${host}:${port} cannot be listened on (${code}). Set HEALTH_CHECK_PORT to another port, or to 0 for any free one.`,
  );
}
