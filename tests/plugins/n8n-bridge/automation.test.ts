import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLog } from '../../../src/core/log/createLog.ts';
import { minutes, seconds } from '../../../src/core/time.ts';
import { Doorkeeper } from '../../../src/plugins/n8n-bridge/automation/Doorkeeper.ts';
import { OnceOnly } from '../../../src/plugins/n8n-bridge/automation/OnceOnly.ts';
import { Callbacks } from '../../../src/plugins/n8n-bridge/Callbacks.ts';
import { automationRoutes } from '../../../src/plugins/n8n-bridge/routes/automation.ts';
import { replyRoute } from '../../../src/plugins/n8n-bridge/routes/reply.ts';
import { sign } from '../../../src/plugins/n8n-bridge/signature.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

const key = Buffer.alloc(32, 1);
const body = Buffer.from('{"a":"ü"}');

describe('the doorkeeper', () => {
  const open = (keys = [key]) => {
    const clock = new ControlledClock();
    return { clock, door: new Doorkeeper(keys, clock) };
  };

  it('lets in what is signed, knows it by its id alone, and lets it in once', () => {
    const { clock, door } = open();
    const call = door.admit(sign([key], 'run-1', clock.now(), String(body)), body, undefined);
    expect(call).toEqual({ id: expect.stringMatching(/^[\w-]{16}$/), signedAt: Math.floor(clock.now() / 1e3) * 1e3 });
    const again = () => door.admit(sign([key], 'run-1', clock.now(), 'other'), Buffer.from('other'), undefined);
    expect(again()).toMatchObject({ status: 409 });
    clock.advance(minutes(4));
    expect(again()).toMatchObject({ status: 409 });
    const elsewhere = new Doorkeeper([key], clock);
    const { id } = elsewhere.admit(sign([key], 'run-1', clock.now(), ''), Buffer.alloc(0), undefined) as { id: string };
    expect(call).toMatchObject({ id });
  });

  it('never lets the same request in twice, at whatever moments it comes', () => {
    const moments = fc.array(fc.integer({ min: -330_000, max: 330_000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(moments, (offsets) => {
        const { clock, door } = open();
        const start = clock.now();
        const headers = sign([key], 'run-1', start, String(body));
        let now = 0;
        let admitted = 0;
        for (const offset of offsets.toSorted((a, b) => a - b)) {
          clock.advance(offset - now);
          now = offset;
          const answer = door.admit(headers, body, undefined);
          if (!('status' in answer)) admitted += 1;
          else if (Math.abs(start - (start % 1_000) - clock.now()) > minutes(5)) expect(answer.status).toBe(401);
        }
        expect(admitted).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('lets what came to nothing come again', () => {
    const { clock, door } = open();
    const headers = sign([key], 'run-1', clock.now(), String(body));
    const call = door.admit(headers, body, undefined);
    if ('status' in call) throw new Error('It was not let in.');
    door.release(call);
    expect(door.admit(headers, body, undefined)).toEqual(call);
  });

  it('remembers nothing of what is not signed', () => {
    const { clock, door } = open();
    const headers = sign([Buffer.alloc(32, 2)], 'run-1', clock.now(), String(body));
    expect(door.admit(headers, body, undefined)).toMatchObject({ status: 401 });
    expect(door.admit(sign([key], 'run-1', clock.now(), String(body)), body, undefined)).toHaveProperty('signedAt');
  });

  it('lets a signature of one person’s address in for no other', () => {
    const { clock, door } = open();
    const ask = (id: string, person: string) =>
      door.admit(sign([key], id, clock.now(), ''), Buffer.alloc(0), person) as { status?: number };
    expect(ask('12345678901234567-a', '12345678901234567').status).toBeUndefined();
    for (const id of ['12345678901234567', '123456789012345678-a', 'a-12345678901234567', '-12345678901234567-'])
      expect(ask(id, '12345678901234567').status, id).toBe(401);
  });

  it('takes no key from nobody: without keys nothing is right', () => {
    const { clock, door } = open([]);
    expect(door.admit({ ...sign([key], 'a', clock.now(), '') }, Buffer.alloc(0), undefined)).toMatchObject({
      status: 401,
    });
  });
});

describe('ids that are taken once', () => {
  it('are remembered until their end, and so many at most', () => {
    const ids = new OnceOnly(3);
    expect(['a', 'b', 'c', 'd', 'a'].map((id) => ids.take(id, 100, 0))).toEqual(['new', 'new', 'new', 'full', 'taken']);
    expect(ids.take('d', 200, 100)).toBe('full');
    expect(ids.take('d', 200, 101)).toBe('new');
    expect(ids.take('a', 200, 101)).toBe('new');
  });

  it('do not pile up', () => {
    const ids = new OnceOnly(1_000);
    for (let n = 0; n < 100_000; n += 1) {
      const now = seconds(n);
      expect(ids.take(`${n}`, now + minutes(5), now)).toBe('new');
    }
  });
});

describe('docs/N8N.md', () => {
  const page = readFileSync(new URL('../../../docs/N8N.md', import.meta.url), 'utf8');
  const code = /```js\n(const \{ createHmac[\s\S]+?)```/.exec(page)?.[1] ?? '';

  it('has a Code node that signs what is let in', () => {
    const input = { userId: '100000000000000077', text: 'ü {{ 1 }}' };
    const sign = new Function('$input', '$env', 'require', code);
    const secrets = `whsec_${key.toString('base64')}, ${Buffer.alloc(32, 2).toString('base64')}`;
    const items: { json: Record<string, string> }[] = sign(
      { all: () => [{ json: input }, { json: input }] },
      { N8N_SIGNING_SECRET: secrets },
      createRequire(import.meta.url),
    );
    const door = new Doorkeeper([key], { now: () => Date.now() });
    for (const { json } of items) {
      const { body: signed = '', id, timestamp, signature } = json;
      const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      expect(JSON.parse(signed)).toEqual(input);
      expect(door.admit(headers, Buffer.from(signed), undefined)).toHaveProperty('signedAt');
    }
    expect(items).toHaveLength(2);
    expect(items[0]?.json.id?.startsWith(`${input.userId}-`)).toBe(true);
  });
});

describe('the description of the automation API', async () => {
  const routes: string[] = [];
  const app = fastify();
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  const log = createLog({ level: 'silent', secrets: [], destination: { write: () => undefined } });
  const container = { clock: new ControlledClock(), metrics: new Registry() };
  const context = { env: { N8N_SIGNING_SECRET: [key] }, container, log } as never;
  await automationRoutes(app, [key], context);
  await app.register(replyRoute(new Callbacks('http://127.0.0.1', [key], container.clock), context));
  await app.ready();
  const document = (await app.inject('/automation/openapi.json')).json();
  interface Operation {
    readonly operationId: string;
    readonly summary: string;
    readonly parameters?: { readonly name: string }[];
    readonly security: object[];
    readonly responses: Record<string, object>;
  }
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it('is of exactly the routes that there are', () => {
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const own = routes.filter((route) => !route.endsWith('openapi.json'));
    expect(described.sort()).toEqual(own.sort());
  });

  it('is one of OpenAPI 3.1', () => {
    expect(document).toMatchObject({
      openapi: '3.1.1',
      info: { title: expect.any(String), version: expect.any(String) },
    });
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { path, operation } of operations) {
      expect(operation.summary).toMatch(/\.$/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters ?? [];
      expect(parameters.map(({ name }) => name)).toEqual(inPath);
      expect(parameters).toEqual(parameters.map(() => expect.objectContaining({ in: 'path', required: true })));
      for (const names of operation.security) for (const name of Object.keys(names)) expect(schemes).toContain(name);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(response).toMatchObject({ description: expect.stringMatching(/^\S.*\.$/) });
      }
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers to nothing that is not there, and every schema is one', () => {
    const text = JSON.stringify(document);
    const schemas: unknown[] = [];
    JSON.parse(text, (name, value) => {
      if (name === '$ref')
        expect(
          (value as string)
            .slice(2)
            .split('/')
            .reduce((at, step) => at?.[step], document),
        ).toBeDefined();
      else if (name === 'schema' && !('$ref' in value)) schemas.push(value);
      return value;
    });
    expect(schemas.length).toBeGreaterThan(6);
    for (const schema of schemas) expect(() => z.fromJSONSchema(schema as never)).not.toThrow();
  });

  it('says of a request what is said of it when it comes', () => {
    const schemaOf = (path: string) =>
      z.fromJSONSchema(document.paths[path].post.requestBody.content['application/json'].schema);
    const person = { userId: '100000000000000077' };
    expect(schemaOf('/automation/messages').safeParse({ ...person, text: 'x' }).success).toBe(true);
    expect(schemaOf('/automation/warnings').safeParse({ ...person, reason: 'x' }).success).toBe(true);
    for (const bad of [{ ...person }, { userId: 'x', text: 'x' }, { ...person, text: 'x'.repeat(20_001) }])
      expect(schemaOf('/automation/messages').safeParse(bad).success).toBe(false);
    for (const bad of [
      { ...person, reason: 'x'.repeat(501) },
      { ...person, reason: 'x', text: 'x' },
    ])
      expect(schemaOf('/automation/warnings').safeParse(bad).success).toBe(false);
  });

  it('is in docs/N8N.md too', () => {
    const page = readFileSync(new URL('../../../docs/N8N.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `(GET|POST) (\/automation\/[\w/<>]+)`/gm)].map(([, method, path = '']) =>
      [method?.toLowerCase(), path.replace('<userId>', '{discordId}')].join(' '),
    );
    const described = operations.filter(({ path }) => path.startsWith('/automation/'));
    expect(listed).toEqual(described.map(({ method, path }) => `${method} ${path}`));
  });

  it('is open, and holds no secret', async () => {
    const response = await app.inject('/automation/openapi.json');
    expect(response.statusCode).toBe(200);
    expect(response.body).not.toContain(key.toString('base64').slice(0, 8));
  });
});
