import type { FastifyInstance } from 'fastify';
import type { DiscordSimulator } from '../DiscordSimulator.ts';

const FILE_MOST = 64 * 1024 * 1024;
const shownInPlace = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** `GET /files/:messageId/:attachmentId` hands out a message's file from the simulator, because the page may only load from its own origin. */
export function fileRoute(server: FastifyInstance, discord: DiscordSimulator): void {
  server.get<{ Params: { messageId: string; attachmentId: string } }>(
    '/files/:messageId/:attachmentId',
    async (request, reply) => {
      const { messageId, attachmentId } = request.params;
      const attachment = discord.users
        .flatMap((user) => user.messages)
        .find((message) => message.id === messageId)
        ?.attachments.find((candidate) => candidate.id === attachmentId);
      if (attachment === undefined) return reply.code(404).send({ message: 'No such file.' });
      if (new URL(attachment.url).origin !== new URL(discord.url).origin || attachment.size > FILE_MOST) {
        return reply.code(403).send({ message: 'Only files that the simulator keeps are handed out.' });
      }
      const response = await fetch(attachment.url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
      if (!response.ok) return reply.code(502).send({ message: `The simulator answered ${response.status}.` });
      const type = (attachment.content_type ?? '').split(';', 1)[0] ?? '';
      const inline = shownInPlace.has(type);
      return reply
        .type(inline ? type : 'application/octet-stream')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header(
          'content-disposition',
          `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${name(attachment.filename)}`,
        )
        .send(Buffer.from(await response.arrayBuffer()));
    },
  );
}

/** RFC 8187 allows fewer characters than encodeURIComponent leaves alone. */
function name(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
