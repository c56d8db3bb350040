import { describe, expect, inject, it } from 'vitest';
import { ModelServer, type Piece, type Prompt, textsOf } from './ModelServer.ts';

/** A model that is told when n8n has passed a text on. */
type Model = (prompt: Prompt, passedOn: (text: string) => Promise<void>) => ReturnType<ModelServer['answer']>;

/** What a workflow answers, as it came, but for the clock. */
async function streamOf(path: string, model: Model): Promise<string> {
  const { webhooks, header, modelPort } = inject('n8n');
  await using server = await ModelServer.start(modelPort);
  let stream = '';
  let read = Promise.withResolvers<void>();
  server.answer = (prompt) =>
    model(prompt, async (text) => {
      while (!stream.includes(text)) await read.promise;
    });
  const response = await fetch(`${webhooks}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header.name]: header.value },
    body: JSON.stringify({ message: 'What is 6 times 7?', attachments: [], conversationContext: [] }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    stream += text;
    read.resolve();
    read = Promise.withResolvers();
  }
  return stream.replaceAll(/"timestamp":\d+/g, '"timestamp":0');
}

const streams: Readonly<Record<string, readonly [path: string, model: Model]>> = {
  text: ['steward-streaming', () => ['Six ', 'times seven\n', 'is "42" – ', '🙂']],
  nothing: ['steward-streaming', () => []],
  tool: [
    'streamingTool',
    function* (prompt): Iterable<Piece> {
      const isCalculated = textsOf(prompt, 'tool').length > 0;
      yield* isCalculated ? ['It is ', '**42**.'] : ['Let me ', 'see. ', { tool: 'Calculator', input: '6 * 7' }];
    },
  ],
  'respond-node': ['streamingRespond', () => ['It is ', '42']],
  'agent-and-respond-node': ['streamingTwice', () => ['It is ', '42']],
  'error-after-text': [
    'steward-streaming',
    async function* (_prompt, passedOn) {
      yield 'Half of ';
      yield 'it';
      await passedOn('"it"');
      throw new Error('The model breaks off.');
    },
  ],
  'error-at-once': [
    'steward-streaming',
    () => {
      throw new Error('The model refuses.');
    },
  ],
  // n8n sends one after 30 s.
  keepalive: [
    'steward-streaming',
    async function* (_prompt, passedOn) {
      yield 'I think. ';
      await passedOn('keepalive');
      yield 'Done.';
    },
  ],
};

// `npm run test:n8n -- -u` records them anew; the tests of the bridge read them.
describe('n8n streams lines of JSON', () => {
  it.each(Object.entries(streams))('%s', async (what, [path, model]) => {
    await expect(await streamOf(path, model)).toMatchFileSnapshot(`../plugins/n8n-bridge/streams/${what}.jsonl`);
  });
});
