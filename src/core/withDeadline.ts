/** Thrown when work took longer than it may; the work itself goes on. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The promise's result, or a DeadlineError after so many milliseconds; undefined sets no limit. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number | undefined): Promise<T> {
  if (milliseconds === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`No answer within ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
