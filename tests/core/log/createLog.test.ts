import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, type Log } from '../../../src/core/log/createLog.ts';

/** A log and the lines that it has written. */
function open(secrets: readonly string[] = [], level = 'trace'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ level, secrets, destination: { write: (line) => void lines.push(line) } }) };
}

describe('createLog', () => {
  it('writes JSON lines with the level by name and the time in ISO 8601', () => {
    const { log, lines } = open();
    log.info({ state: 'live' }, 'The connection changed.');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    const { time, ...rest } = JSON.parse(lines[0] ?? '');
    expect(rest).toEqual({ level: 'info', state: 'live', msg: 'The connection changed.' });
    expect(new Date(time).toISOString()).toBe(time);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = open([], 'warn');
    log.info('quiet');
    log.warn('loud');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['loud']);
  });

  it('shows errors without what people wrote', () => {
    const { log, lines } = open();
    log.error({ err: Object.assign(new Error('refused'), { detail: 'private', requestBody: { content: 'private' } }) });
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ type: 'Error', message: 'refused' });
    expect(lines[0]).not.toContain('private');
  });

  it('replaces a secret wherever it stands: message, field, key, error, cause, child', () => {
    const { log, lines } = open(['open sesame']);
    const cause = new TypeError('Headers.append: "open sesame" is an invalid header value.');
    log.child({ plugin: 'open sesame' }).error(
      {
        err: new Error('open sesame', { cause }),
        url: 'http://127.0.0.1/?key=open sesame',
        'open sesame': [{ deep: 'open sesame' }],
      },
      'The key is open sesame, I repeat: open sesame.',
    );
    expect(lines[0]).not.toContain('sesame');
    expect(lines[0]?.match(/\[secret\]/g)).toHaveLength(8);
  });

  it('replaces a secret with quotes, backslashes and line ends, as JSON writes it', () => {
    const secret = 'a"b\\c\nd\te\u0001f';
    const { log, lines } = open([secret]);
    log.info({ err: new Error(`no ${secret}`) }, `say ${secret}!`);
    const line = JSON.parse(lines[0] ?? '');
    expect(line.msg).toBe('say [secret]!');
    expect(line.err.message).toBe('no [secret]');
  });

  it('replaces the whole of a secret that begins with another one', () => {
    const { log, lines } = open(['hunter2', 'hunter2-and-more']);
    log.info('hunter2-and-more, hunter2');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('[secret], [secret]');
  });

  it('writes JSON even where a secret looks like a part of it', () => {
    const { log, lines } = open(['1000', 'n', '":', 'level']);
    log.info({ retryInMs: 1000 }, 'line\nend');
    log.info({ retryInMs: '1000' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { 'retryI[secret]Ms': 1000, msg: 'li[secret]e\ne[secret]d' },
      { 'retryI[secret]Ms': '[secret]' },
    ]);
  });

  it('shows no secret, and stays JSON, whatever the secrets and the texts are', () => {
    const secret = fc.string({ unit: 'binary', minLength: 8 });
    const around = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), around, around, (secrets, before, after) => {
        const { log, lines } = open(secrets);
        for (const each of secrets) {
          const text = `${before}${each}${after}`;
          log.error({ err: new Error(text, { cause: new Error(text) }), fields: { [text]: [text] } }, text);
        }
        for (const line of lines) {
          const parsed = JSON.stringify(JSON.parse(line));
          for (const each of secrets) expect(parsed).not.toContain(JSON.stringify(each).slice(1, -1));
        }
      }),
    );
  });
});
