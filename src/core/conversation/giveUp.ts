import { DeadlineError, withDeadline } from '../withDeadline.ts';

/** A hook took longer than so many milliseconds. */
export class GivenUpError extends Error {
  override readonly name: string = 'GivenUpError';

  constructor(hook: string, milliseconds: number) {
    super(`The hook ${hook} took longer than ${milliseconds / 1_000} s and was given up.`);
  }
}

/** What a hook comes to, unless it takes longer than so many milliseconds; it goes on then, and nobody waits for it. @throws GivenUpError */
export async function giveUp<Result>(hook: string, work: Promise<Result>, milliseconds: number): Promise<Result> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  work.then(settled, settled);
  try {
    return await withDeadline(work, milliseconds);
  } catch (error) {
    // What the hook itself waited for in vain is another matter.
    if (isSettled || !(error instanceof DeadlineError)) throw error;
    throw new GivenUpError(hook, milliseconds);
  }
}
