import type { UserError } from '@sapphire/framework';
import { relativeTime, type Wording } from '#core';

/** What each refusal says to the person, by its identifier. */
const refusals: Readonly<Record<string, (context: never) => string>> = {
  RateLimited: ({ resetAt }: { resetAt: Date }) =>
    `You have written a lot in a short time. You can go on ${relativeTime(resetAt)}.`,
  TooLate: ({ written }: { written: string }) =>
    `I was away when you wrote ${quote(written)}. If you still want it, please write it again.`,
  PreconditionFailed: () => wording.apology(),
};

/** Every fixed text of the bot that is not a command's answer. */
export const wording = {
  refusal: (error: UserError): string => {
    const refusal = refusals[error.identifier];
    return refusal?.(error.context as never) ?? (error.message || 'That is not possible.');
  },
  apology: (): string => 'Sorry, I could not come up with an answer just now. Please try again in a moment.',
  cannotTakeOn: (): string => 'I cannot take messages just now. Please write again in a few minutes.',
  onlyInDirectMessages: (): string => 'Write to me in a direct message, please: I answer there.',
  nothingToRead: (): string => 'I can read text and files, but I found neither in your message.',
  unknownCommand: (written: string, nearest: string): string =>
    `I do not know ${quote(written)}. Did you mean \`${nearest}\`?`,
  slashCommand: (written: string, command: string): string =>
    `${quote(written)} is reserved for automation. Write \`${command}\` instead.`,
} satisfies Wording & Record<string, unknown>;

function quote(written: string): string {
  const plain = written.replaceAll('`', '');
  const letters = [...plain];
  return `\`${letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : plain}\``;
}
