import { KernelError } from '../errors.ts';

/** What the log may show of an error: where it happened and of which kind, never what a person wrote. */
export interface DescribedError {
  type: string;
  code?: string | number;
  message: string;
  stack?: string;
  cause?: DescribedError;
}

/**
 * Reduces an error to what may be logged. Errors of Discord carry the request's body, those of PostgreSQL the row or
 * the statement, those of JSON.parse a piece of the text: none of that may reach a log.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'A value that is not an error was thrown.' };
  const { code, cause } = error as Error & { code?: unknown };
  const described: DescribedError = { type: error.name, message: safeMessage(error, code) };
  if (typeof code === 'string' || typeof code === 'number') described.code = code;
  // A line of the message can look like one of the stack, which begins with the message.
  const frames = (error.stack ?? '')
    .replaceAll(error.message, '')
    .split('\n')
    .filter((line) => /^ {4}at /.test(line));
  if (frames.length > 0 && !(error instanceof KernelError)) described.stack = frames.slice(0, 20).join('\n');
  if (cause instanceof Error && depth < 3) described.cause = describeError(cause, depth + 1);
  return described;
}

const sqlState = /^[0-9A-Z]{5}$/;

function safeMessage(error: Error, code: unknown): string {
  if (error instanceof SyntaxError) return 'The text could not be parsed.';
  const fromDatabase = typeof code === 'string' && sqlState.test(code) && 'severity' in error;
  if (fromDatabase && /^(22|23|P0|08P01)/.test(code)) return 'The database refused a value or a statement.';
  const fromDiscord = 'requestBody' in error;
  return fromDiscord ? withoutValues(error) : error.message;
}

// Which fields Discord refused and why, as codes: its sentences may quote the value.
function withoutValues({ message }: Error): string {
  const [summary = '', ...details] = message.split('\n');
  const codes = details.flatMap((line) => /^[\w.[\]]+\[[A-Z_]+\](?=: )/.exec(line) ?? []);
  return codes.length === 0 ? summary : `${summary} (${codes.join(', ')})`;
}
