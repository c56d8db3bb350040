import { expect } from 'vitest';
import { databaseMatchers } from './databaseMatchers.ts';
import { saidMatchers } from './saidMatchers.ts';

declare module 'vitest' {
  interface Matchers<R, T> {
    /** Of what `user.says(…)` resolves to: the whole reply, or one of its parts, is this text or matches. */
    toBeAnsweredWith(expected: string | RegExp): R;
    /** The bot refused it by a UserError of this identifier, and (if given) the person read this. */
    toBeRefusedAs(identifier: string, text?: string | RegExp): R;
    toShowTyping(): R;
    /** The bot said nothing to it, on purpose. */
    toBeLeftAlone(): R;
    /** Of `bot.database`: so many rows of a table have these values in these columns. */
    toHaveRows(table: string, count: number, columns?: Readonly<Record<string, unknown>>): Promise<void>;
  }
}

expect.extend({ ...saidMatchers, ...databaseMatchers });
