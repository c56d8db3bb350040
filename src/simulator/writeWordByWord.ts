import { setTimeout as wait } from 'node:timers/promises';

/** Writes a text as an AI Agent of n8n streams it: a line of JSON for each word, with a pause (milliseconds) before it. */
export const writeWordByWord = (text: string, pause: number): AsyncIterable<object> => ({
  async *[Symbol.asyncIterator]() {
    const metadata = { nodeId: 'stand-in', nodeName: 'AI Agent', itemIndex: 0, runIndex: 0 };
    yield { type: 'begin', metadata };
    for (const content of text.match(/\s*\S+/g) ?? []) {
      await wait(pause);
      yield { type: 'item', content, metadata };
    }
    yield { type: 'end', metadata };
  },
});
