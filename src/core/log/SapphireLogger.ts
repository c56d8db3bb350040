import { type ILogger, LogLevel } from '@sapphire/framework';
import type { Log } from './createLog.ts';

const levels = new Map<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>([
  [LogLevel.Trace, 'trace'],
  [LogLevel.Debug, 'debug'],
  [LogLevel.Info, 'info'],
  [LogLevel.Warn, 'warn'],
  [LogLevel.Error, 'error'],
  [LogLevel.Fatal, 'fatal'],
]);

/** Sapphire's logger interface in front of the bot's log. */
export class SapphireLogger implements ILogger {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  has(level: LogLevel): boolean {
    const name = levels.get(level);
    return name !== undefined && this.#log.isLevelEnabled(name);
  }

  trace(...values: readonly unknown[]): void {
    this.write(LogLevel.Trace, ...values);
  }

  debug(...values: readonly unknown[]): void {
    this.write(LogLevel.Debug, ...values);
  }

  info(...values: readonly unknown[]): void {
    this.write(LogLevel.Info, ...values);
  }

  warn(...values: readonly unknown[]): void {
    this.write(LogLevel.Warn, ...values);
  }

  error(...values: readonly unknown[]): void {
    this.write(LogLevel.Error, ...values);
  }

  fatal(...values: readonly unknown[]): void {
    this.write(LogLevel.Fatal, ...values);
  }

  // Objects other than errors are left out: Sapphire passes Discord's messages among them.
  write(level: LogLevel, ...values: readonly unknown[]): void {
    const name = levels.get(level);
    if (name === undefined) return;
    const text = values.filter((value) => typeof value === 'string').join(' ');
    const err = values.find((value) => value instanceof Error);
    this.#log[name](err ? { err } : {}, text);
  }
}
