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
  // The longest first: one secret may be the beginning of another.
  const secrets = options.secrets.toSorted((a, b) => b.length - a.length);
  const asWritten = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const hide = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: {
        streamWrite: (line) =>
          asWritten.some((secret) => line.includes(secret))
            ? `${JSON.stringify(mapTexts(JSON.parse(line), hide))}\n`
            : line,
      },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

/** The same JSON value with other texts, names of fields among them. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((element) => mapTexts(element, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [map(name), mapTexts(field, map)]));
}
