/** What is looked at in a value of JSON: these fields of an object, or all of a text, number or word where there are none. */
export type Wanted = ReadonlyMap<string, Wanted>;

/** Where n8n workflows put their text, in the order of preference. */
export const textFields = ['output', 'reply', 'response', 'text'];

const text: Wanted = new Map();

/** A text that is looked at if it is no longer than `longestBrief`. */
export const brief: Wanted = new Map();

/** Bytes: more than anybody needs for a reason or the name of a node, blanks around it included. */
export const longestBrief = 65_536;

const fields = (names: readonly string[], kind: Wanted, more: Readonly<Record<string, Wanted>> = {}): Wanted =>
  new Map([...names.map((name): [string, Wanted] => [name, kind]), ...Object.entries(more)]);

const answer = { tokens: brief, actions: fields(['type', 'reason'], brief) };

/** What is looked at in an answer, or in an event of a stream: see `toReply`, `excerptOf` and `toStreamEvent`. */
export const wanted: Wanted = fields([...textFields, 'content'], text, {
  ...answer,
  type: brief,
  data: fields(textFields, text, answer),
  metadata: fields(['nodeId', 'runIndex', 'itemIndex'], brief),
});
