import type { APIMessage } from 'discord.js';

/** A message as it is kept: a nonce comes with the answer to its own request and with the event, and nobody keeps it. */
export function stored({ nonce: _nonce, ...message }: APIMessage): APIMessage {
  return message;
}
