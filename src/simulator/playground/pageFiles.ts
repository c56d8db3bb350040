import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';

const folder = new URL('../page/', import.meta.url);

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the files of the page, each under its own name and index.html at `/`; no other path is ever looked up on the disk. */
export async function pageFiles(server: FastifyInstance): Promise<void> {
  for (const name of await readdir(folder)) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    server.get(name === 'index.html' ? '/' : `/${name}`, async (_request, reply) =>
      reply
        .type(contentType)
        .header('cache-control', 'no-cache')
        .send(await readFile(new URL(name, folder))),
    );
  }
}
