/** Thrown when work took longer than it may; the work itself goes on. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The promise's result, or an error (a DeadlineError) after so many milliseconds; undefined sets no limit. */
export function withDeadline<T>(
  work: Promise<T>,
  milliseconds: number | undefined,
  errorOf = (limit: number): Error => new DeadlineError(`No answer within ${limit} ms.`),
): Promise<T> {
  if (milliseconds === undefined) return work;
  // Every message passes here some ten times; Promise.race costs several times as much.
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(errorOf(milliseconds)), milliseconds);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
