import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { HttpServer } from '../../../src/core/http/HttpServer.ts';
import type { KernelEnvironment } from '../../../src/core/kernelEnvironment.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

interface Line {
  level: string;
  address?: string;
  err?: { message: string };
}

type Routes = (app: FastifyInstance) => void;

/** An HTTP server with these routes, a plugin for each, until the test ends. */
export async function startHttp(routes: Routes | readonly Routes[], port = 0) {
  const lines: Line[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  const env = { HEALTH_CHECK_HOST: '127.0.0.1', HEALTH_CHECK_PORT: port } as KernelEnvironment;
  const http = new HttpServer(env, log);
  onTestFinished(() => http.close());
  for (const [n, each] of [routes].flat().entries()) await http.open(`pages-${n + 1}`, each);
  await http.start();
  const url = lines.find(({ address }) => address !== undefined)?.address ?? '';
  return { http, url, port: Number(new URL(url).port), lines };
}

/** A connection on which this has been sent. */
export async function openSocket(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  // Without a reader a socket never notices that it was closed.
  socket.resume().write(text);
  return socket;
}
