/** A node of a workflow as n8n exports it. */
interface N8nNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly position: readonly number[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly credentials?: Readonly<Record<string, { id: string; name: string }>>;
  /** One empty item where there would be none, which would end the run. */
  readonly alwaysOutputData?: boolean;
  /** For the first item only, not for each that comes. */
  readonly executeOnce?: boolean;
}

/** A workflow as n8n exports and imports it. */
export interface N8nTemplate {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly N8nNode[];
  readonly connections: Readonly<Record<string, Record<string, { node: string; type: string; index: number }[][]>>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The items that nodes have put out, by the node's name. */
type Items = Readonly<Record<string, readonly unknown[]>>;

/** A template's only node of a type. */
export function nodeOf({ nodes }: N8nTemplate, type: string): N8nNode {
  const [node, second] = nodes.filter((one) => one.type === type);
  if (!node || second) throw new Error(`There is not one ${type}.`);
  return node;
}

/** Every expression in a node's parameters. */
export function expressionsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('=') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(expressionsOf) : [];
}

/** What n8n makes of an expression, `$json` being one node's item and `$('Name')` any node's. */
export function evaluate(expression: string, $json: unknown, items: Items = {}): unknown {
  const $ = (name: string) => {
    const all = items[name]?.map((json) => ({ json }));
    if (!all?.[0]) throw new Error(`The node "${name}" has put nothing out.`);
    return { first: () => all[0], all: () => all };
  };
  const run = (code: string): unknown => new Function('$json', '$', `return (${code})`)($json, $);
  const text = expression.slice(1);
  const whole = /^\{\{((?:(?!\}\}).)+)\}\}$/s.exec(text)?.[1];
  return whole === undefined ? text.replaceAll(/\{\{(.+?)\}\}/gs, (_, code: string) => String(run(code))) : run(whole);
}

/** The same value, in which reading what is not there throws: in n8n it would be an empty text. */
export function strict<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === 'string' && key !== 'toJSON' && !(key in target))
        throw new Error(`There is no field "${key}".`);
      return strict(Reflect.get(target, key, receiver));
    },
  });
}
