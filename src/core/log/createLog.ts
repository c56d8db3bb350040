import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './describeError.ts';
import { hideSecrets } from './hideSecrets.ts';

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
  const asWritten = options.secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const hide = hideSecrets(options.secrets);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: {
        streamWrite: (line) =>
          asWritten.some((secret) => line.includes(secret)) ? `${JSON.stringify(hide(JSON.parse(line)))}\n` : line,
      },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
