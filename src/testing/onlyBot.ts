import { expect } from 'vitest';

interface Running {
  readonly file: string | undefined;
  end(): Promise<void>;
}

let running: Running | undefined;

/**
 * Takes the one place that Sapphire has for a bot in a process; the returned function gives it back. What another file of
 * tests has left running is ended. @throws Error when this file's bot still runs
 */
export async function takePlace(end: () => Promise<void>): Promise<() => void> {
  const file = expect.getState().testPath;
  if (running?.file === file && running)
    throw new Error(
      'A test bot still runs, and a process has room for one: end it first, by `await using` or afterAll.',
    );
  await running?.end();
  const mine = { file, end };
  running = mine;
  return () => {
    if (running === mine) running = undefined;
  };
}
