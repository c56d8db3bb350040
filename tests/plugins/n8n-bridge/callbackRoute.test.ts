import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { container } from '@sapphire/framework';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { sign } from '../../../src/plugins/n8n-bridge/signature.ts';
import type { StandInWorkflow, WorkflowCall } from '../../../src/simulator/StandInWorkflow.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';
import { wording } from '../../../src/wording.ts';

const PUBLIC_URL = 'http://bot.invalid';
const secret = randomBytes(32);
const accepts: StandInWorkflow['answer'] = () => ({ status: 202, body: { accepted: true } });
const addressOf = (bot: TestBot) => bot.log.findLast((line) => line.msg === 'The health check listens.')?.address;
const json = { 'content-type': 'application/json' };

describe.skipIf(!inject('postgres'))('POST /n8n/turns/:turnId/reply', () => {
  const clock = new ControlledClock();
  let bot: TestBot;
  beforeAll(async () => {
    const N8N_SIGNING_SECRET = secret.toString('base64');
    const environment = { PUBLIC_URL, N8N_SIGNING_SECRET, RATE_LIMIT_MAX: '1000', N8N_TIMEOUT_MS: '20000' };
    bot = await startTestBot({ environment, clock });
    bot.workflow.answer = accepts;
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** A turn that waits. */
  async function ask(): Promise<{ call: WorkflowCall; heard: () => Promise<string> }> {
    const person = bot.person();
    person.says('my diagnosis');
    return { call: await bot.workflow.nextCall(), heard: async () => (await person.hears()).content };
  }
  function post(
    { body: { callbackUrl = '' } }: WorkflowCall,
    body: string | Buffer | undefined,
    headers: Readonly<Record<string, string>> = json,
    change: (path: string) => string = (path) => path,
  ) {
    const path = change(callbackUrl.replace(PUBLIC_URL, ''));
    return fetch(`${addressOf(bot)}${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  }
  const output = (text: string) => JSON.stringify({ output: text });
  /** The status of an answer that tells what is wrong, and nothing else. */
  async function refusal(response: Response, call: WorkflowCall): Promise<number> {
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(/^[A-Z].{20,}\.$/) });
    const { turnId, channelId, userId, username, callbackUrl } = call.body;
    for (const hidden of [turnId, channelId, userId, username, callbackUrl?.slice(-43), 'diagnosis'])
      expect(text).not.toContain(hidden);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    return response.status;
  }

  it.each([
    ['an object', output('Hello'), json],
    ['a list, as n8n sends "all items"', JSON.stringify([{ output: 'Hello' }]), json],
    ['plain text', 'Hello', { 'content-type': 'text/html; charset=utf-8' }],
    ['JSON under another label', output('Hello'), { 'content-type': 'text/plain' }],
    ['a body without a label', Buffer.from(output('Hello')), {}],
  ] as const)('takes %s', async (_, body, headers) => {
    const { call, heard } = await ask();
    const response = await post(call, body, headers);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { status: 'taken' },
    });
    expect(await heard()).toBe('Hello');
    expect(await refusal(await post(call, body, headers), call)).toBe(409);
  });

  it.each([
    ['without a token', (path: string) => path.replace(/\?.*/, '')],
    ['with an empty token', (path: string) => path.replace(/token=.*/, 'token=')],
    ['with two tokens', (path: string) => `${path}&${path.replace(/.*\?/, '')}`],
    ['with a changed token', (path: string) => path.replace(/token=./, 'token=0')],
    ['with the token of another turn', (path: string) => path.replace(/turns\/\d+/, 'turns/1400000000000000001')],
    ['for something that is no turn', (path: string) => path.replace(/turns\/\d+/, 'turns/a%2Fb')],
  ])('takes nothing %s, and reads none of it', async (_, change) => {
    const { call, heard } = await ask();
    const huge = output('x'.repeat(2_000_000));
    expect(await refusal(await post(call, huge, json, change), call)).toBe(401);
    expect((await post(call, output('Hello'))).status).toBe(200);
    expect(await heard()).toBe('Hello');
  });

  it.each([
    ['nothing', undefined, {}, 422],
    ['nothing, labelled', '', json, 422],
    ['an empty text', output(' \n'), json, 422],
    ['an object without a text', JSON.stringify({ message: 'Error in workflow' }), json, 422],
    ['half an object', '{"output": "Hel', json, 422],
    ['a page', '<!DOCTYPE html><title>502</title>', { 'content-type': 'text/html' }, 422],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xe4, 0x22]), json, 422],
    ['a compressed body', gzipSync(output('Hello')), { ...json, 'content-encoding': 'gzip' }, 422],
    ['a form', 'output=Hello', { 'content-type': 'application/x-www-form-urlencoded' }, 422],
    ['2 MiB', output('x'.repeat(2_097_152)), json, 413],
  ])('does not take %s, and lets the workflow try again', async (_, body, headers, status) => {
    const { call, heard } = await ask();
    expect(await refusal(await post(call, body, headers), call)).toBe(status);
    expect((await post(call, output('Hello'))).status).toBe(200);
    expect(await heard()).toBe('Hello');
  });

  it('checks a signature where there is one', async () => {
    const { call, heard } = await ask();
    const body = output('Hello');
    const signed = (key = secret, now = clock.now()) => ({ ...json, ...sign([key], 'callback', now, body) });
    expect(await refusal(await post(call, body, signed(randomBytes(32))), call)).toBe(401);
    expect(await refusal(await post(call, output('Hullo'), signed()), call)).toBe(401);
    expect(await refusal(await post(call, body, signed(secret, clock.now() - 310_000)), call)).toBe(401);
    expect(await refusal(await post(call, body, { ...json, 'webhook-signature': 'v1,x' }), call)).toBe(401);
    expect((await post(call, body, signed())).status).toBe(200);
    expect(await heard()).toBe('Hello');
  });

  it('says that it may be sent again when it can be kept nowhere', async () => {
    const { call, heard } = await ask();
    vi.spyOn(container.conversation, 'answerLater').mockResolvedValueOnce('refused');
    const response = await post(call, output('Hello'));
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await refusal(response, call)).toBe(503);
    expect((await post(call, output('Hello'))).status).toBe(200);
    expect(await heard()).toBe('Hello');
  });

  it('reads no more at once than the memory can bear', async () => {
    const { call, heard } = await ask();
    const path = String(call.body.callbackUrl).replace(PUBLIC_URL, '');
    const slow = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const slowly = request(`${addressOf(bot)}${path}`, {
          method: 'POST',
          headers: { 'content-length': 1_048_576 },
        });
        slowly.on('error', () => undefined);
        slowly.write('{"output": "');
        await once(slowly, 'socket');
        return slowly;
      }),
    );
    // Not taken, whether there is room for it or not.
    const large = () => post(call, output('x'.repeat(1_000_000)), { ...json, 'webhook-signature': 'v1,x' });
    await expect.poll(async () => (await large()).status).toBe(503);
    expect((await post(call, undefined, {})).status).toBe(422);
    for (const slowly of slow) slowly.destroy();
    await expect.poll(async () => (await large()).status).toBe(401);
    expect((await post(call, output('Hello'))).status).toBe(200);
    expect(await heard()).toBe('Hello');
    const counted = await (await fetch(`${addressOf(bot)}/metrics`)).text();
    expect(counted).toMatch(/^steward_workflow_callbacks_total\{status="503"\} [1-9]/m);
  });

  it('has nothing for other methods', async () => {
    const { call, heard } = await ask();
    expect((await fetch(String(call.body.callbackUrl).replace(PUBLIC_URL, String(addressOf(bot))))).status).toBe(404);
    await post(call, output('Hello'));
    await heard();
  });

  it('says when nobody waits any more: the message was deleted, or is a day old', async () => {
    const person = bot.person();
    person.says('Hello');
    const deleted = await bot.workflow.nextCall();
    await post(deleted, output('Hello'));
    await person.hears();
    await container.intake.drain(10_000);
    person.deletes(deleted.body.turnId);
    expect(await refusal(await post(deleted, output('Hello again')), deleted)).toBe(410);
    const { call, heard } = await ask();
    await post(call, output('Hello'));
    await heard();
    await container.intake.drain(10_000);
    // The simulator's messages have the real time, which went on.
    clock.advance(24 * 3_600_000 + 60_000);
    expect(await refusal(await post(call, output('Hello')), call)).toBe(410);
  });
});

describe.skipIf(!inject('postgres'))('without a PUBLIC_URL', () => {
  it('there is no callback: no address, no route, and a workflow that answers later is a fault', async () => {
    await using bot = await startTestBot();
    bot.workflow.answer = accepts;
    expect((await bot.person().asks('Hello')).content).toBe(wording.apology());
    const { body } = await bot.workflow.nextCall();
    expect(body).not.toHaveProperty('callbackUrl');
    expect(bot.log).toContainEqual(expect.objectContaining({ err: expect.objectContaining({ code: 'no callback' }) }));
    const response = await fetch(`${addressOf(bot)}/n8n/turns/${body.turnId}/reply?token=x`, { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
