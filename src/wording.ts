import type { UserError } from '@sapphire/framework';
import { relativeTime, type Wording } from '#core';

/** What each refusal says to the person, by its identifier. */
const refusals: Readonly<Record<string, (context: never) => string>> = {
  RateLimited: ({ resetAt }: { resetAt: Date }) =>
    `You have written a lot in a short time. You can go on ${relativeTime(resetAt)}.`,
  TooLate: ({ written }: { written: string }) =>
    `I was away when you wrote ${quote(written)}. If you still want it, please write it again.`,
  PreconditionFailed: () => wording.apology(),
  Busy: () =>
    'Many people are writing to me right now, and your message did not get its turn. Please try again in a minute.',
  WorkflowAway: () => wording.apology(),
  Suspended: ({ active, until }: { active: number; until: Date }) =>
    `You have ${active} active ${active === 1 ? 'warning' : 'warnings'}: that is too many to chat. You can go on ${relativeTime(until)}, when enough of them have expired.`,
  OnOneself: () => 'You cannot do that to yourself.',
  OnTheBot: () => 'You cannot do that to me.',
  NotOutranked: () => 'You cannot do that to somebody of the same or a higher role.',
  UnknownPerson: ({ id }: { id: string }) => `Discord knows nobody with the id ${quote(id)}.`,
  DiscordAway: () => 'I could not ask Discord who that is. Please try again in a moment.',
  ReasonTooLong: ({ length, longest }: { length: number; longest: number }) =>
    `A reason may have ${longest} characters; yours has ${length}. Please shorten it.`,
  OwnWarningsOnly: () => 'You can see your own active warnings only.',
  WarningUnknown: ({ id, mayBeUnheardOf }: { id: string; mayBeUnheardOf: boolean }) =>
    `I do not know a warning ${quote(id)}.${mayBeUnheardOf ? ' The database does not answer right now: if you are sure that there is one, please try again later.' : ''}`,
  WarningRevoked: ({ id }: { id: string }) => `The warning ${quote(id)} had been revoked already.`,
  WarningExpired: ({ id }: { id: string }) => `The warning ${quote(id)} had expired already.`,
  UnknownPlugin: ({ name, names }: { name: string; names: readonly string[] }) =>
    `I have no plugin ${quote(name)}. There are: ${names.map(quote).join(', ')}.`,
  PluginIs: ({ name, state }: { name: string; state: 'on' | 'off' }) => `${quote(name)} is ${state} already.`,
  PluginStays: ({ name, why }: { name: string; why: string }) => `${quote(name)} cannot be switched off. ${why}`,
  PluginNeeded: ({ name, by }: { name: string; by: readonly string[] }) =>
    `${quote(name)} is needed by ${by.map(quote).join(' and ')}. Switch that off first.`,
  PluginNeeds: ({ name, provider }: { name: string; provider: string }) =>
    `${quote(name)} needs ${quote(provider)}, which does not run. Switch that on first.`,
  PluginDidNotStart: ({ name, reason, nextAttempt }: { name: string; reason: string; nextAttempt?: Date }) =>
    `${quote(name)} is no longer switched off, but it did not start: ${reason}${nextAttempt ? ` I try it again ${relativeTime(nextAttempt)}.` : ''}`,
};

/** Every fixed text of the bot that is not a command's answer. */
export const wording = {
  refusal: (error: UserError): string => {
    const refusal = refusals[error.identifier];
    return refusal?.(error.context as never) ?? (error.message || 'That is not possible.');
  },
  apology: (): string => 'Sorry, I could not come up with an answer just now. Please try again in a moment.',
  stillWorking: (): string => 'This takes longer than usual. I am still working on it, and answer here when I have it.',
  lateAnswer: (text: string): string => `-# This took longer:\n${text}`,
  cannotTakeOn: (): string => 'I cannot take messages just now. Please write again in a few minutes.',
  onlyInDirectMessages: (): string => 'Write to me in a direct message, please: I answer there.',
  nothingToRead: (): string => 'I can read text and files, but I found neither in your message.',
  unknownCommand: (written: string, nearest: string): string =>
    `I do not know ${quote(written)}. Did you mean \`${nearest}\`?`,
  /** `form` is how the command is written, `problem` a sentence about what is wrong with what it got; may be empty. */
  wrongArguments: (form: string, problem: string): string =>
    `${problem || 'I need it in another form.'} Write it like this: \`${form}\``,
  slashCommand: (written: string, command: string): string =>
    `${quote(written)} is reserved for automation. Write \`${command}\` instead.`,
} satisfies Wording & Record<string, unknown>;

function quote(written: string): string {
  const plain = written.replaceAll('`', '');
  const letters = [...plain];
  return `\`${letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : plain}\``;
}
