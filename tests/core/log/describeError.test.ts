import { defineEntity, p } from '@mikro-orm/core';
import { DiscordAPIError, HTTPError } from 'discord.js';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseEnvironment } from '../../../src/core/config.ts';
import { createOrm, type Orm } from '../../../src/core/database/createOrm.ts';
import { KernelError } from '../../../src/core/errors.ts';
import { type KernelEnvironment, kernelEnvironment } from '../../../src/core/kernelEnvironment.ts';
import { describeError } from '../../../src/core/log/describeError.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';

/** What a person wrote: it must not be in anything that is logged. */
const text = 'my diagnosis';
const shown = (error: unknown): string => JSON.stringify(describeError(error));

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('describeError', () => {
  it('shows where and as what an error of ours happened', () => {
    const described = describeError(new RangeError('The window must be positive.'));
    expect(described).toMatchObject({ type: 'RangeError', message: 'The window must be positive.' });
    expect(described.stack).toMatch(/^ {4}at .*describeError\.test\.ts:\d+:\d+/);
    expect(described).not.toHaveProperty('cause');
  });

  it('shows a KernelError without its stack: the message names cause and cure', () => {
    const error = new KernelError('PortTaken', 'Port 1 is taken. Set another.');
    expect(describeError(error)).toEqual({
      type: 'KernelError',
      code: 'PortTaken',
      message: 'Port 1 is taken. Set another.',
    });
  });

  it('shows causes, three deep', () => {
    const causes = ['e', 'd', 'c', 'b', 'a'].reduce<Error | undefined>(
      (cause, message) => new Error(message, cause && { cause }),
      undefined,
    );
    const messages: unknown[] = [];
    for (let at = causes && describeError(causes); at; at = at.cause) messages.push(at.message);
    expect(messages).toEqual(['a', 'b', 'c', 'd']);
  });

  it('shows nothing of a thrown value that is not an error', () => {
    for (const value of [text, { message: text }, [text], undefined, null, 7]) {
      expect(describeError(value)).toEqual({
        type: typeof value,
        message: 'A value that is not an error was thrown.',
      });
    }
  });

  it('shows of what Discord refused neither the request nor a value that the refusal quotes', () => {
    const errors = { content: { _errors: [{ code: 'NUMBER_TYPE_COERCE', message: `Value "${text}" is no number.` }] } };
    const raw = { code: 50035, message: 'Invalid Form Body', errors };
    const body = { files: undefined, body: { content: text } };
    const error = new DiscordAPIError(raw as never, 50035, 400, 'POST', 'https://discord.com/api/v10/x', body);
    const described = describeError(error);
    expect(described).toMatchObject({ type: 'DiscordAPIError[50035]', code: 50035 });
    expect(described.message).toBe('Invalid Form Body (content[NUMBER_TYPE_COERCE])');
    expect(JSON.stringify(described)).not.toContain(text);
  });

  it('shows of a failed request to Discord its status and not its body', () => {
    const error = new HTTPError(502, 'Bad Gateway', 'POST', 'https://discord.com/api', { files: [], body: { text } });
    expect(describeError(error)).toMatchObject({ type: 'HTTPError', message: 'Bad Gateway' });
    expect(shown(error)).not.toContain(text);
  });

  it('shows nothing of a text that is not JSON, though the error quotes it', () => {
    const error = thrownBy(() => JSON.parse(text));
    expect((error as Error).message).toContain(text);
    expect(shown(error)).not.toContain(text);
    expect(shown(new Error('The answer is no JSON.', { cause: error }))).not.toContain(text);
  });

  it('shows nothing of a text whose lines look like those of a stack', () => {
    const error = thrownBy(() => JSON.parse(`x\n at ${text}`));
    expect((error as Error).stack).toContain(`\n at ${text}`);
    expect(shown(error)).not.toContain(text);
    expect(describeError(error).stack).toContain('describeError.test.ts');
  });

  it('shows no text that JSON.parse refused, whatever it is', () => {
    const line = fc.stringMatching(/^ {0,2}(at )?[QZ]{3,5}$/);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const described = shown(thrownBy(() => JSON.parse(lines.join('\n'))));
        for (const [word] of lines.join('\n').matchAll(/[QZ]{3,5}/g)) expect(described).not.toContain(word);
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(!inject('postgres'))('describeError, of what PostgreSQL refuses', () => {
  const Note = defineEntity({ name: 'Note', tableName: 'notes', properties: { body: p.text().primary() } });
  let database: TestDatabase;
  let orm: Orm;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    const raw = { DISCORD_TOKEN: 'none', ...database.environment };
    const env = parseEnvironment(new Map([['kernel', kernelEnvironment]]), raw).values.get('kernel');
    orm = await createOrm({ env: env as KernelEnvironment, entities: [Note], queryTimeout: 0 });
    const { DB_HOST: host, DB_PORT, DB_NAME, DB_USER: user, DB_PASSWORD: password } = database.environment;
    client = new pg.Client({ host, port: Number(DB_PORT), database: DB_NAME, user, password } as pg.ClientConfig);
    await client.connect();
    await client.query('CREATE TABLE notes (body text PRIMARY KEY CHECK (length(body) < 50))');
    await client.query('INSERT INTO notes VALUES ($1)', [text]);
  });
  afterAll(async () => {
    await client?.end();
    await orm?.close(true);
    await database?.drop();
  });

  const refused: [what: string, code: string, sql: string, values: unknown[]][] = [
    ['a repeated key', '23505', 'INSERT INTO notes VALUES ($1)', [text]],
    ['a broken check', '23514', 'INSERT INTO notes VALUES ($1)', [text.repeat(9)]],
    ['a value of the wrong kind', '22P02', 'SELECT $1::int', [text]],
    ['a NUL byte', '22021', 'INSERT INTO notes VALUES ($1)', [`${text}\0`]],
    ['a time that is none', '22007', 'SELECT $1::timestamptz', [text]],
  ];

  it.each(refused)('shows the code of %s, and no text', async (_what, code, sql, values) => {
    const error = await client.query(sql, values).catch((reason: unknown) => reason);
    expect(describeError(error)).toMatchObject({ code });
    expect(describeError(error).stack).toContain('    at ');
    expect(shown(error)).not.toContain(text);
    expect(shown(new Error('The turn could not be kept.', { cause: error }))).not.toContain(text);
  });

  it('shows no text of an error that went through MikroORM', async () => {
    const error = await orm.em
      .fork()
      .insert(Note, { body: text })
      .catch((reason: unknown) => reason);
    expect(describeError(error)).toMatchObject({ type: 'UniqueConstraintViolationException', code: '23505' });
    expect(shown(error)).not.toContain(text);
  });
});
