import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { KernelError } from '../errors.ts';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { Branch } from './Branch.ts';
import { createApp } from './createApp.ts';

/** The bot's one HTTP server; plugins add routes to it, and take them away again, while it listens. */
export class HttpServer {
  readonly #env: KernelEnvironment;
  readonly #log: Log;
  readonly #branches: Branch[] = [];
  /** What listens; it hands every request on. */
  #front: FastifyInstance | undefined;
  /** What answers where nobody has a route. */
  #end: FastifyInstance | undefined;

  constructor(env: KernelEnvironment, log: Log) {
    this.#env = env;
    this.#log = log;
  }

  /**
   * Adds a plugin's routes. The returned function takes them away: from then on they answer like an unknown address; it
   * settles when the requests under way have ended.
   * @throws KernelError PluginFailed
   */
  async open(plugin: string, addRoutes: (app: FastifyInstance) => unknown): Promise<() => Promise<void>> {
    try {
      const branch = await Branch.open(addRoutes, this.#log, (from, ...request) => this.#pass(from, ...request));
      const taken = [...branch.routes].find((route) => this.#branches.some(({ routes }) => routes.has(route)));
      if (taken !== undefined) {
        await branch.close();
        throw new Error(`another plugin has the route ${taken}.`);
      }
      this.#branches.push(branch);
      return () => {
        this.#branches.splice(this.#branches.indexOf(branch), 1);
        return branch.close();
      };
    } catch (error) {
      throw new KernelError(
        'PluginFailed',
        `The routes of the plugin "${plugin}" cannot be added: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  /** Listens. @throws KernelError PortTaken */
  async start(): Promise<void> {
    const { HEALTH_CHECK_HOST: host, HEALTH_CHECK_PORT: port } = this.#env;
    this.#end = await createApp(this.#log);
    await this.#end.ready();
    this.#front = await createApp(this.#log, async (request, reply) => {
      reply.hijack();
      this.#hand(0, request.raw, reply.raw);
    });
    try {
      const address = await this.#front.listen({ host, port });
      this.#log.info({ address }, 'The health check listens.');
    } catch (error) {
      throw refusedPort(error, host, port);
    }
  }

  async close(): Promise<void> {
    await this.#front?.close();
    await this.#end?.close();
  }

  // Of a branch that was taken away just now it begins again with the first, which has no route for it either.
  #pass(branch: Branch, request: IncomingMessage, response: ServerResponse): void {
    this.#hand(this.#branches.indexOf(branch) + 1, request, response);
  }

  #hand(index: number, request: IncomingMessage, response: ServerResponse): void {
    const branch = this.#branches[index];
    if (branch) branch.handle(request, response);
    else this.#end?.routing(request, response);
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
