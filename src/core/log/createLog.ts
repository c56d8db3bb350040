import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './describeError.ts';

export type Log = Logger;

/**
 * The bot's log: JSON lines on standard output, errors reduced to what may be shown, secrets replaced wherever they
 * appear in a line.
 */
export function createLog(options: {
  level: string;
  secrets: readonly string[];
  destination?: DestinationStream;
}): Log {
  // A secret appears in a line as JSON writes it.
  const secrets = options.secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: (line) => secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line) },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
