import { withDeadline } from '../withDeadline.ts';

/** A hook took longer than so many milliseconds. */
export class GivenUpError extends Error {
  override readonly name: string = 'GivenUpError';

  constructor(hook: string, milliseconds: number) {
    super(`The hook ${hook} took longer than ${milliseconds / 1_000} s and was given up.`);
  }
}

/** What a hook comes to, unless it takes longer than so many milliseconds; it goes on then, and nobody waits for it. @throws GivenUpError */
export const giveUp = <Result>(hook: string, work: Promise<Result>, milliseconds: number): Promise<Result> =>
  withDeadline(work, milliseconds, () => new GivenUpError(hook, milliseconds));
