import { isObject } from './isObject.ts';
import { textFields } from './wanted.ts';

/** One line of n8n's stream: `begin`, `item`, `end`, `error`, `keepalive`, or what a later n8n adds. */
export interface StreamEvent {
  readonly type: string;
  /** What an item adds to the text. */
  readonly content: string;
  /** Which run of which node it comes from. */
  readonly run: string;
  /** The run, and the item that it works on. */
  readonly source: string;
  readonly tokens: unknown;
}

/** Characters of an id; n8n's have 36. */
const longestId = 100;

/** The event that the JSON of a line is, if it is one. An object that has a text is an answer, whatever its type. */
export function toStreamEvent(value: unknown): StreamEvent | undefined {
  if (!isObject(value) || typeof value.type !== 'string') return undefined;
  if (textFields.some((field) => typeof value[field] === 'string')) return undefined;
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const run = `${toId(metadata.nodeId)}/${toId(metadata.runIndex)}`;
  return {
    type: value.type,
    content: typeof value.content === 'string' ? value.content : '',
    run,
    source: `${run}/${toId(metadata.itemIndex)}`,
    tokens: value.tokens,
  };
}

function toId(value: unknown): string | number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= longestId ? value : '';
}
