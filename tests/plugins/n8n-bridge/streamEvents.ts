/** Which run of which node an event comes from, as n8n 2 writes it. */
const metadataOf = (node: string, itemIndex = 0, runIndex = 0) => ({
  nodeId: node,
  nodeName: node,
  itemIndex,
  runIndex,
  timestamp: 1_771_000_000_000,
});

const eventOf = (type: string) => (node?: string, itemIndex?: number, runIndex?: number) => ({
  type,
  metadata: metadataOf(node ?? 'AI Agent', itemIndex, runIndex),
});

export const begin = eventOf('begin');
export const end = eventOf('end');
export const item = (content: string, ...source: Parameters<typeof begin>) => ({
  ...eventOf('item')(...source),
  content,
});
export const failed = { ...eventOf('error')(), content: 'The model is overloaded' };
export const keepAlive = { type: 'keepalive' };

/** One run of a node: what it wrote, in so many items. */
export const run = (texts: readonly string[], ...source: Parameters<typeof begin>): object[] => [
  begin(...source),
  ...texts.map((text) => item(text, ...source)),
  end(...source),
];

export const toLines = (events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');
