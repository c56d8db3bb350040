import {
  Events,
  type MessageCommandDeniedPayload,
  type MessageCommandErrorPayload,
  type MessageCommandSuccessPayload,
  UserError,
} from '@sapphire/framework';
import type { Client } from 'discord.js';
import { Counter, type Registry } from 'prom-client';

/** Counts commands by name and by what came of them, until the returned function is called. */
export function watchCommands(metrics: Registry, client: Client): () => void {
  const commands = new Counter({
    name: 'steward_commands_total',
    help: 'Commands by what came of them: carried out, refused with a reason, or failed by a fault of the bot.',
    labelNames: ['command', 'outcome'],
    registers: [metrics],
  });
  const onSuccess = ({ command: { name } }: MessageCommandSuccessPayload): void =>
    commands.inc({ command: name, outcome: 'success' });
  const onDenied = (_: unknown, { command: { name } }: MessageCommandDeniedPayload): void =>
    commands.inc({ command: name, outcome: 'refused' });
  const onError = (error: unknown, { command: { name } }: MessageCommandErrorPayload): void =>
    commands.inc({ command: name, outcome: error instanceof UserError ? 'refused' : 'failure' });
  client.on(Events.MessageCommandSuccess, onSuccess);
  client.on(Events.MessageCommandDenied, onDenied);
  client.on(Events.MessageCommandError, onError);
  return () => {
    client.off(Events.MessageCommandSuccess, onSuccess);
    client.off(Events.MessageCommandDenied, onDenied);
    client.off(Events.MessageCommandError, onError);
  };
}
