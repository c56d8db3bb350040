import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demonstration } from '../../src/simulator/demonstration.ts';
import { type StandInAnswer, StandInWorkflow, type WorkflowPayload } from '../../src/simulator/StandInWorkflow.ts';
import { writeWordByWord } from '../../src/simulator/writeWordByWord.ts';

let workflow: StandInWorkflow;

beforeEach(async () => {
  workflow = await StandInWorkflow.start();
});
afterEach(() => workflow.stop());

describe('the stand-in workflow', () => {
  it('greets by name and quotes what was said', async () => {
    const output = await outputOf(call({ username: 'ada', message: 'first line\nsecond line' }));
    expect(output).toContain('**ada**');
    expect(output).toContain('> first line\n> second line');
  });

  it('names its words at the first contact only', async () => {
    expect(await outputOf(call({}))).toContain('`markdown`');
    expect(await outputOf(call({ conversationContext: [exchange('hi')] }))).not.toContain('`markdown`');
  });

  it('tells how many exchanges came with the message, and recalls the latest', async () => {
    const output = await outputOf(call({ conversationContext: [exchange('the oldest'), exchange('the\nlatest')] }));
    expect(output).toContain('2 earlier exchanges');
    expect(output).toContain('“the latest”');
    expect(output).not.toContain('the oldest');
  });

  it('names attachments and warnings', async () => {
    const attachments = [{ url: 'http://127.0.0.1/a', filename: 'plan.pdf', contentType: 'application/pdf', size: 12 }];
    const output = await outputOf(call({ message: '', attachments, warnings: 2 }));
    expect(output).toContain('`plan.pdf` (12 bytes)');
    expect(output).toContain('2 active warnings');
    expect(output).not.toContain('>');
  });

  it('shows a feature for each of its words', async () => {
    expect(await outputOf(call({ message: ' Code ' }))).toMatch(/^```js\n[\s\S]+\n```$/m);
    expect(await outputOf(call({ message: 'everyone' }))).toContain('@everyone');
    const long = await outputOf(call({ message: 'long' }));
    expect(long.length).toBeGreaterThan(2000);
    expect(long).toMatch(/^```text\n[\s\S]+\n```$/m);
    expect(long).toMatch(/^12\. /m);
    expect(demonstration(payload({ message: 'slow' })).delayMs).toBe(6000);
  });

  it('writes a stream piece by piece, and remembers it', async () => {
    const goOn = Promise.withResolvers<void>();
    workflow.answer = () => ({
      stream: (async function* () {
        yield { type: 'begin' };
        await goOn.promise;
        yield Buffer.from('{"type":');
        yield '"end"}\n';
      })(),
    });
    const { status, headers, body } = await call({});
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const decoded = body?.pipeThrough(new TextDecoderStream()) ?? [];
    let text = '';
    for await (const chunk of decoded) {
      if (text === '') expect(chunk).toBe('{"type":"begin"}\n');
      text += chunk;
      goOn.resolve();
    }
    expect(text).toBe('{"type":"begin"}\n{"type":"end"}\n');
    expect(workflow.calls[0]).toMatchObject({ status: 200, reply: [{ type: 'begin' }, '{"type":', '"end"}\n'] });
  });

  it('cuts a stream off where it is told to', async () => {
    workflow.answer = () => ({ stream: [{ type: 'begin' }], cut: true });
    await expect(call({}).then((response) => response.text())).rejects.toThrow('terminated');
    expect(workflow.calls[0]?.status).toBeUndefined();
  });

  it('stops to write when its caller hangs up', async () => {
    const ended = Promise.withResolvers<void>();
    workflow.answer = () => ({
      stream: (function* () {
        try {
          for (;;) yield 'x'.repeat(10_000);
        } finally {
          ended.resolve();
        }
      })(),
    });
    await (await call({})).body?.cancel();
    await ended.promise;
  });

  it('streams to a newcomer who says so, as n8n would', async () => {
    const { stream } = demonstration(payload({ message: 'Stream' }));
    expect(stream).toBeDefined();
    const events: object[] = [];
    for await (const event of writeWordByWord('One two.\nThree', 0)) events.push(event);
    expect(events).toMatchObject([
      { type: 'begin' },
      { type: 'item', content: 'One' },
      { type: 'item', content: ' two.' },
      { type: 'item', content: '\nThree' },
      { type: 'end' },
    ]);
  });

  it('does not take a word for a feature that every object has', async () => {
    expect(await outputOf(call({ message: 'constructor' }))).toContain('> constructor');
  });

  it('fails and stays silent as n8n does', async () => {
    const failed = await call({ message: 'fail' });
    expect([failed.status, await failed.json()]).toEqual([500, { message: 'Error in workflow' }]);
    const empty = await call({ message: 'empty' });
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    expect(empty.headers.get('content-length')).toBe('0');
  });

  it('answers a thrown error like a failing node', async () => {
    workflow.answer = () => {
      throw new Error('the model is gone');
    };
    expect((await call({})).status).toBe(500);
    expect(workflow.calls[0]?.reply).toMatchObject({ error: 'Error: the model is gone' });
  });

  it('refuses other paths, other methods and broken JSON with the words of n8n', async () => {
    const elsewhere = await fetch(new URL('/webhook/other', workflow.url), { method: 'POST' });
    expect([elsewhere.status, await elsewhere.json()]).toMatchObject([
      404,
      { message: 'The requested webhook "POST other" is not registered.', hint: expect.stringContaining('/webhook/') },
    ]);
    const read = await fetch(workflow.url);
    expect([read.status, await read.json()]).toMatchObject([
      404,
      { message: expect.stringContaining('POST request?') },
    ]);
    expect((await post('{"message":')).status).toBe(422);
    expect(workflow.calls).toHaveLength(0);
  });

  it('sends any answer that a test wants', async () => {
    const page = '<h1>Bad gateway</h1>';
    workflow.answer = () => ({ status: 502, contentType: 'text/html', headers: { 'x-proxy': 'yes' }, body: page });
    const response = await call({});
    expect([response.status, response.headers.get('x-proxy'), await response.text()]).toEqual([502, 'yes', page]);
    workflow.answer = () => ({ body: Buffer.from([1, 2, 3]), contentType: 'application/octet-stream' });
    expect(await (await call({})).bytes()).toEqual(Uint8Array.of(1, 2, 3));
    workflow.answer = () => ({ body: 'plain' });
    expect((await call({})).headers.get('content-type')).toContain('text/html');
  });

  it('cuts the connection when told to', async () => {
    workflow.answer = () => ({ body: null, cut: true });
    await expect(call({})).rejects.toThrow('fetch failed');
    expect(workflow.calls[0]).toMatchObject({ status: undefined, reply: null });
  });

  it('hands out each call once, on arrival, and completes it with the answer', async () => {
    const { promise, resolve } = Promise.withResolvers<StandInAnswer>();
    workflow.answer = () => promise;
    const first = call({ message: 'one' });
    const arrived = await workflow.nextCall();
    expect(arrived).toMatchObject({ body: { message: 'one' }, status: undefined, reply: undefined });
    expect(arrived.headers['content-type']).toBe('application/json');
    resolve({ body: { output: 'done' } });
    await first;
    expect(arrived).toMatchObject({ status: 200, reply: { output: 'done' } });

    const waiting = workflow.nextCall();
    await call({ message: 'two' });
    await call({ message: 'three' });
    expect((await waiting).body.message).toBe('two');
    expect((await workflow.nextCall()).body.message).toBe('three');
    await expect(workflow.nextCall(1)).rejects.toThrow('3 calls came before');
  });

  it('cuts calls that are under way when it stops', async () => {
    const pending = call({ message: 'slow' });
    const refused = expect(pending).rejects.toThrow('fetch failed');
    await workflow.nextCall();
    await workflow.stop();
    await refused;
  });
});

function payload(fields: Partial<WorkflowPayload>): WorkflowPayload {
  return {
    turnId: '1',
    messageId: '1',
    channelId: '2',
    userId: '3',
    username: 'grace',
    message: 'hello',
    timestamp: '2026-02-12T19:00:00.000Z',
    conversationContext: [],
    attachments: [],
    warnings: 0,
    ...fields,
  };
}

function exchange(userMessage: string): WorkflowPayload['conversationContext'][number] {
  return { userMessage, aiResponse: 'I see.', timestamp: '2026-02-12T18:00:00.000Z' };
}

function call(fields: Partial<WorkflowPayload>): Promise<Response> {
  return post(JSON.stringify(payload(fields)));
}

function post(body: string): Promise<Response> {
  return fetch(workflow.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

async function outputOf(response: Promise<Response>): Promise<string> {
  return ((await (await response).json()) as { output: string }).output;
}
