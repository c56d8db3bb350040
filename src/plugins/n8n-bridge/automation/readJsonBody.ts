import { type Answer, failure } from './Endpoint.ts';

/** The value that a body holds, which has to be JSON in UTF-8; else what to answer. */
export function readJsonBody(contentType: string | undefined, body: Buffer): { readonly value: unknown } | Answer {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) return failure(415, 'The body must be JSON in UTF-8: send application/json.');
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return failure(400, 'The body is no JSON in UTF-8: make it with a JSON library, and send it as it was signed.');
  }
}
