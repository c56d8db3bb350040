import { LogLevel } from '@sapphire/framework';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/core/log/createLog.ts';
import { SapphireLogger } from '../../../src/core/log/SapphireLogger.ts';

function open(level: string) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: new SapphireLogger(createLog({ level, secrets: [], destination })) };
}

describe('SapphireLogger', () => {
  it('writes each of Sapphire’s levels under the same name', () => {
    const { logger, lines } = open('trace');
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('words');
    expect(lines.map(({ level }) => level)).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
  });

  it('has a level when the log writes it, and never the level None', () => {
    const { logger } = open('warn');
    const levels = [LogLevel.Trace, LogLevel.Debug, LogLevel.Info, LogLevel.Warn, LogLevel.Error, LogLevel.Fatal];
    expect(levels.map((level) => logger.has(level))).toEqual([false, false, false, true, true, true]);
    expect(logger.has(LogLevel.None)).toBe(false);
  });

  it('leaves out what is below the log’s level, and what has the level None', () => {
    const { logger, lines } = open('warn');
    logger.info('quiet');
    logger.write(LogLevel.None, 'never');
    logger.write(LogLevel.Warn, 'loud');
    expect(lines.map(({ msg }) => msg)).toEqual(['loud']);
  });

  it('joins texts, describes an error, and leaves other objects out: Discord’s messages are among them', () => {
    const { logger, lines } = open('info');
    logger.error('The listener', 'failed:', new RangeError('too far'), { content: 'private' });
    expect(lines[0]).toMatchObject({ msg: 'The listener failed:', err: { type: 'RangeError', message: 'too far' } });
    expect(JSON.stringify(lines)).not.toContain('private');
  });

  it('does not show a text that only the error quotes', () => {
    const { logger, lines } = open('info');
    logger.error(new SyntaxError('Unexpected token, "private" is not valid JSON'));
    expect(JSON.stringify(lines)).not.toContain('private');
  });
});
