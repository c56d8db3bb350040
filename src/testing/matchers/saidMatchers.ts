import { Said } from '../Said.ts';
import { describeSaid } from './describeSaid.ts';

interface Result {
  pass: boolean;
  message: () => string;
  actual?: unknown;
  expected?: unknown;
}

/** What can be expected of what a person said and what the bot said to it. */
export const saidMatchers = {
  toBeAnsweredWith(received: unknown, expected: string | RegExp): Result {
    const said = whatWasSaid(received, 'toBeAnsweredWith');
    const fits = (text: string): boolean => (typeof expected === 'string' ? text === expected : expected.test(text));
    const pass = [said.reply, ...said.replies].some(fits) && said.messages.length > 0;
    return result(said, pass, `be answered with ${show(expected)}`, { actual: said.reply, expected });
  },

  toBeRefusedAs(received: unknown, expected: string, text?: string | RegExp): Result {
    const said = whatWasSaid(received, 'toBeRefusedAs');
    const isWorded = text === undefined || (typeof text === 'string' ? said.reply === text : text.test(said.reply));
    const wording = text === undefined ? '' : ` with the words ${show(text)}`;
    const compared = { actual: said.refusal, expected };
    return result(said, said.refusal === expected && isWorded, `be refused as ${expected}${wording}`, compared);
  },

  toShowTyping(received: unknown): Result {
    const said = whatWasSaid(received, 'toShowTyping');
    return result(said, said.showedTyping, 'show that the bot is typing');
  },

  toBeLeftAlone(received: unknown): Result {
    const said = whatWasSaid(received, 'toBeLeftAlone');
    return result(said, said.messages.length === 0, 'be left without a reply');
  },
};

function result(
  said: Said,
  pass: boolean,
  expectation: string,
  compared: Omit<Result, 'pass' | 'message'> = {},
): Result {
  return {
    pass,
    message: () => `${describeSaid(said)}\nExpected it ${pass ? 'not ' : ''}to ${expectation}.`,
    ...compared,
  };
}

function whatWasSaid(received: unknown, matcher: string): Said {
  if (received instanceof Said) return received;
  const cure = received instanceof Promise ? 'await it first' : 'give it what `await user.says(…)` returns';
  throw new TypeError(`${matcher} is about what a person said: ${cure}.`);
}

const show = (expected: string | RegExp): string =>
  typeof expected === 'string' ? JSON.stringify(expected) : `${expected}`;
