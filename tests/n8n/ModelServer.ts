import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';

/** What n8n shows the model. */
export interface Prompt {
  readonly messages: readonly {
    readonly role: 'system' | 'user' | 'assistant' | 'tool';
    readonly content: string | readonly { readonly text?: string }[] | null;
  }[];
  readonly stream?: boolean;
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

/** A piece of an answer: text, or the use of a tool; a promise that rejects breaks the connection off. */
export type Piece = string | { readonly tool: string; readonly input: string };

/** The texts that a prompt holds of one side, oldest first. */
export const textsOf = ({ messages }: Prompt, role: 'user' | 'assistant' | 'tool'): string[] =>
  messages
    .filter((message) => message.role === role)
    .map(({ content }) =>
      typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join(''),
    );

/** The last thing that a person said. */
export const lastOf = (prompt: Prompt): string => textsOf(prompt, 'user').at(-1) ?? '';

/**
 * Stands in for a language model on the loopback: OpenAI's chat completions, streamed or not.
 * https://platform.openai.com/docs/api-reference/chat
 */
export class ModelServer implements AsyncDisposable {
  /** The answer to a prompt in pieces; before the first of them a thrown error is a refused call. */
  answer: (prompt: Prompt) => AsyncIterable<Piece> | Iterable<Piece> = echo;
  /** The prompts so far, oldest first. */
  readonly prompts: Prompt[] = [];
  readonly #server: FastifyInstance = Fastify({ forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024 });

  static async start(port = 0): Promise<ModelServer> {
    const model = new ModelServer();
    await model.#server.listen({ host: '127.0.0.1', port });
    return model;
  }

  private constructor() {
    this.#server.post<{ Body: Prompt }>('/v1/chat/completions', ({ body }, reply) => {
      this.prompts.push(body);
      return body.stream ? this.#stream(body, reply) : this.#complete(body, reply);
    });
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }

  async #complete(prompt: Prompt, reply: FastifyReply): Promise<object> {
    const pieces: Piece[] = [];
    try {
      for await (const piece of this.answer(prompt)) pieces.push(piece);
    } catch {
      return reply.code(401).send({ error: { message: 'Incorrect API key provided.', type: 'invalid_request_error' } });
    }
    const tools = pieces.filter((piece) => typeof piece !== 'string').map(toolCall);
    const content = pieces.filter((piece) => typeof piece === 'string').join('');
    const message = { role: 'assistant', content, ...(tools.length > 0 && { tool_calls: tools }) };
    return completion('chat.completion', { message, finish_reason: tools.length > 0 ? 'tool_calls' : 'stop' });
  }

  async #stream(prompt: Prompt, reply: FastifyReply): Promise<FastifyReply> {
    reply.hijack();
    const { raw } = reply;
    let last: Piece = '';
    try {
      for await (const piece of this.answer(prompt)) {
        if (!raw.headersSent) raw.writeHead(200, { 'content-type': 'text/event-stream' });
        last = piece;
        const delta = typeof piece === 'string' ? { content: piece } : { tool_calls: [toolCall(piece)] };
        await write(raw, event({ delta: { role: 'assistant', ...delta }, finish_reason: null }));
      }
      if (!raw.headersSent) raw.writeHead(200, { 'content-type': 'text/event-stream' });
      raw.write(event({ delta: {}, finish_reason: typeof last === 'string' ? 'stop' : 'tool_calls' }));
      raw.end('data: [DONE]\n\n');
    } catch {
      if (raw.headersSent) raw.destroy();
      else raw.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"Incorrect API key."}}');
    }
    return reply;
  }
}

/** Repeats everything that people said to it, so that what it remembers shows. */
export function* echo(prompt: Prompt): Iterable<string> {
  yield 'You said: ';
  yield textsOf(prompt, 'user').join(' | ');
}

const toolCall = ({ tool, input }: Exclude<Piece, string>) => ({
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: tool, arguments: JSON.stringify({ input }) },
});

const completion = (object: string, choice: object) => ({
  id: 'chatcmpl-1',
  object,
  created: 0,
  model: 'stand-in',
  choices: [{ index: 0, ...choice }],
  ...(object === 'chat.completion' && { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
});

const event = (choice: object): string => `data: ${JSON.stringify(completion('chat.completion.chunk', choice))}\n\n`;

async function write(response: NodeJS.WritableStream, text: string): Promise<void> {
  if (!response.write(text)) await once(response, 'drain');
}
