import type { FastifyInstance } from 'fastify';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Keeps other web pages out of a server that listens on the loopback: a foreign Origin could post to it, and a foreign
 * name that resolves to 127.0.0.1 (DNS rebinding) could read from it. Sets the Content-Security-Policy on everything.
 */
export function guard(server: FastifyInstance, port: () => number): void {
  // What remains is JSON, which a foreign form cannot send without asking first.
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'content-security-policy': policy,
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const { host = '', origin } = request.headers;
    if (host !== `127.0.0.1:${port()}` && host !== `localhost:${port()}`) {
      return reply.code(403).send({ message: `This page is only served as http://127.0.0.1:${port()}.` });
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return reply.code(403).send({ message: 'Requests from another page are refused.' });
    }
    return undefined;
  });
}
