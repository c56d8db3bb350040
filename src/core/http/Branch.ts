import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Log } from '../log/createLog.ts';
import { createApp } from './createApp.ts';

/** Goes on with a request that a branch has no route for. */
type Pass = (branch: Branch, request: IncomingMessage, response: ServerResponse) => void;

/** One plugin's routes. An app of their own: Fastify adds no route to an app that runs, and takes none away. */
export class Branch {
  /** As `METHOD address`. */
  readonly routes = new Set<string>();
  readonly #app: FastifyInstance;
  readonly #underWay = new Set<ServerResponse>();
  readonly #ended = Promise.withResolvers<void>();
  #isClosing = false;

  /** Makes the routes. @throws whatever keeps them from being added */
  static async open(addRoutes: (app: FastifyInstance) => unknown, log: Log, pass: Pass): Promise<Branch> {
    const app = await createApp(log, async (request, reply) => {
      if (!request.is404) return branch.#begin(reply.raw);
      // Before anything of its body is read.
      reply.hijack();
      pass(branch, request.raw, reply.raw);
    });
    const branch = new Branch(app);
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) branch.routes.add(`${each} ${url}`);
    });
    const encapsulated: FastifyPluginAsync = async (inner) => void (await addRoutes(inner));
    try {
      await app.register(encapsulated);
      await app.ready();
    } catch (error) {
      await app.close();
      throw error;
    }
    return branch;
  }

  private constructor(app: FastifyInstance) {
    this.#app = app;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#app.routing(request, response);
  }

  /** Settles when the requests under way have ended; no other may come after it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#underWay.size > 0) await this.#ended.promise;
    await this.#app.close();
  }

  #begin(response: ServerResponse): void {
    this.#underWay.add(response);
    response.once('close', () => {
      this.#underWay.delete(response);
      if (this.#isClosing && this.#underWay.size === 0) this.#ended.resolve();
    });
  }
}
