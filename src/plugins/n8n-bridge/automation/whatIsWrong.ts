import type { z } from 'zod';

/** What is wrong with a request, in a sentence; it quotes nothing of it. */
export function whatIsWrong({ issues }: z.ZodError): string {
  const problems = issues.map(({ code, path, message }) => {
    if (code === 'unrecognized_keys') return 'it has fields that this request does not know';
    if (path.length === 0) return 'it must be an object';
    return `${path.join('.')} ${message}`;
  });
  return `The request is not in order: ${problems.join('; ')}. GET /automation/openapi.json describes it.`;
}
