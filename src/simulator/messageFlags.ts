import { type APIMessage, MessageFlags } from 'discord.js';

/** Whether only the person sees it who pressed the button that it answers; no history has it. */
export function isEphemeral({ flags }: APIMessage): boolean {
  return (Number(flags ?? 0) & MessageFlags.Ephemeral) !== 0;
}

/** Whether the bot has promised an answer that is still to come. */
export function isLoading({ flags }: APIMessage): boolean {
  return (Number(flags ?? 0) & MessageFlags.Loading) !== 0;
}
