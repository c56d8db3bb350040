import { createServer, type IncomingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verify } from '../../../src/plugins/n8n-bridge/signature.ts';
import { toPayload } from '../../../src/plugins/n8n-bridge/WorkflowPayload.ts';
import {
  callingAt,
  failure,
  history,
  listen,
  metric,
  payload,
  secret,
  serve,
  startStandIn,
  turn,
  workflowAt,
} from './surroundings.ts';

describe('a call of the workflow', () => {
  it('posts the turn as JSON, with the header that n8n asks for, and returns the answer', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: { output: 'Hi', tokens: 3 } });
    const workflow = workflowAt(standIn.url);
    expect(workflow.health).toEqual({ state: 'unknown' });
    expect(await workflow.call(payload)).toEqual({ text: 'Hi', tokens: 3 });
    const call = await standIn.nextCall();
    expect(call.headers).toMatchObject({ 'x-steward-key': secret, 'content-type': 'application/json' });
    expect(call.body).toEqual({
      turnId: '7',
      messageId: '7',
      channelId: '2',
      userId: '3',
      username: 'ada',
      message: 'my diagnosis',
      timestamp: '2026-02-12T19:00:00.000Z',
      conversationContext: [{ userMessage: 'before', aiResponse: 'answer', timestamp: '2026-02-12T19:00:00.000Z' }],
      attachments: [],
      warnings: 1,
    });
    expect(workflow.health).toEqual({ state: 'answering' });
  });

  it('sends no history where the workflow keeps its own', () => {
    expect(toPayload(turn, { history, warnings: 0 }, false).conversationContext).toEqual([]);
  });

  it('takes the plain text that n8n labels as HTML', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: 'Just text', contentType: 'text/html; charset=utf-8' });
    expect(await workflowAt(standIn.url).call(payload)).toEqual({ text: 'Just text' });
  });

  it('joins characters that arrive in pieces', async () => {
    const url = await serve(async (_request, response) => {
      for (const byte of Buffer.from('{"output":"Grüße 🎉"}')) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(await workflowAt(url).call(payload)).toMatchObject({ text: 'Grüße 🎉' });
  });

  it('takes an answer of just under 1 MiB', async () => {
    const text = 'x'.repeat(1_048_576 - '{"output":""}'.length);
    const url = await serve((_request, response) => response.end(JSON.stringify({ output: text })));
    const reply = await workflowAt(url).call(payload);
    expect('text' in reply && reply.text.length).toBe(text.length);
  });

  it('takes a compressed answer', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"output":"Hi"}')),
    );
    expect(await workflowAt(url).call(payload)).toMatchObject({ text: 'Hi' });
  });

  it('does not follow a redirect, which could lead anywhere with the secret header', async () => {
    let visited = false;
    const target = await serve((_request, response) => {
      visited = true;
      response.end('{"output":"trapped"}');
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve((_request, response) => response.writeHead(status, { location: target }).end());
      expect(await failure(workflowAt(url))).toMatchObject({ fault: 'redirected' });
    }
    expect(visited).toBe(false);
  });

  it('uses connections again', async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end('{"output":"Hi"}'));
    server.on('connection', () => {
      connections += 1;
    });
    const workflow = workflowAt(await listen(server));
    for (let call = 0; call < 20; call += 1) await workflow.call(payload);
    // A body has ended a moment before its connection is free.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('is signed by each secret, over the very bytes that are sent', async () => {
    const [old, current] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const received = Promise.withResolvers<[IncomingHttpHeaders, Buffer]>();
    const url = await serve(async (request, response) => {
      received.resolve([request.headers, Buffer.concat(await request.toArray())]);
      response.end('{"output":"Hi"}');
    });
    const { workflow, clock } = callingAt(url, { signingKeys: [old, current] });
    await workflow.call({ ...payload, message: 'Grüße \ud800' });
    const [headers, body] = await received.promise;
    expect(headers['webhook-id']).toBe(payload.turnId);
    for (const key of [old, current]) expect(verify([key], headers, clock.now(), body)).toBeUndefined();
    expect(verify([Buffer.alloc(32, 3)], headers, clock.now(), body)).toBe('wrong');
  });

  it('carries no signature where there is no secret', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: 'Hi' });
    await workflowAt(standIn.url).call(payload);
    expect(Object.keys((await standIn.nextCall()).headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  it('is counted by what came of it, and its time is measured', async () => {
    const standIn = await startStandIn();
    const { workflow, metrics } = callingAt(standIn.url);
    standIn.answer = () => ({ body: 'Hi' });
    await workflow.call(payload);
    await workflow.call(payload);
    standIn.answer = () => ({ body: '' });
    await failure(workflow);
    expect(await metric(metrics, 'steward_workflow_calls_total', { outcome: 'answered' })).toBe(2);
    expect(await metric(metrics, 'steward_workflow_calls_total', { outcome: 'empty' })).toBe(1);
    expect(await metrics.metrics()).toContain('steward_workflow_call_duration_seconds_count 3');
  });
});
