import type { APIAttachment } from 'discord.js';
import type { Channel } from '../Channel.ts';
import type { World } from '../World.ts';
import type { MessageForm } from './checkMessage.ts';
import type { SentBody } from './SentBody.ts';

/** Stores the files that came with a request, named and described by the form's `attachments`. */
export function attachmentsFrom(
  world: World,
  channel: Channel,
  form: MessageForm,
  files: SentBody['files'],
): APIAttachment[] {
  return files.map((file) => {
    const described = form.attachments?.find(({ id }) => String(id) === String(file.index));
    return world.attachments.add(channel.id, {
      ...file,
      filename: described?.filename ?? file.filename,
      description: described?.description ?? undefined,
    });
  });
}
