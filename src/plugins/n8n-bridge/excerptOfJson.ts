import { mostActions } from './actions/excerptOf.ts';
import { isObject } from './isObject.ts';
import { JsonScanner, notJson, quote } from './JsonScanner.ts';
import { WorkflowError } from './WorkflowError.ts';
import { brief, longestBrief, type Wanted } from './wanted.ts';

/** Values that a text may have: more are no answer, and it takes time to go through them. */
const mostValues = 50_000;

/** Elements of an array that are looked at, besides its first object: one more tells that there were more. */
const mostElements = mostActions + 1;

/** Bytes of a field's name with its quotes, in which each letter may be escaped; longer ones are not wanted. */
const longestName = 2 + 6 * 'itemIndex'.length;

/** Stands for what is passed over: neither missing nor null, nor anything that is wanted. */
const something = false;

const none = -1;
const [comma, colon, startOfArray, endOfArray, startOfObject, endOfObject] = [0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d];

/** An object or array that has not ended: what is made of it, and what is looked at in it, unless it is passed over. */
interface Open {
  readonly end: number;
  readonly made?: Record<string, unknown> | unknown[];
  readonly wanted?: Wanted;
}

// Shared, as there can be many of them, one within the other.
const passedOver: ReadonlyMap<number | undefined, Open> = new Map([
  [startOfObject, { end: endOfObject }],
  [startOfArray, { end: endOfArray }],
]);

/**
 * What is wanted of JSON, as if `JSON.parse` had read it. The rest leaves no garbage: V8 keeps large texts, and those that
 * it could not parse, until it next looks at all of its memory.
 * @throws SyntaxError; WorkflowError too large, where it has too many values
 */
export function excerptOfJson(bytes: Buffer, wanted: Wanted): unknown {
  const scanner = new JsonScanner(bytes);
  /** The innermost last. */
  const open: Open[] = [];
  let whole: unknown;
  scanner.skipBlanks();
  for (let values = 1; ; values += 1) {
    if (values > mostValues) throw new WorkflowError('too large');
    const outer = open.at(-1);
    const name = outer?.end === endOfObject ? takeName(scanner) : '';
    const looked = outer ? wantedIn(outer, name, scanner.next) : wanted;
    const inner = openNext(scanner.next, outer, looked);
    const value = inner ? (inner.made ?? something) : takeScalar(scanner, outer, looked);
    if (outer) put(outer, name, looked ? value : undefined);
    else whole = value;
    if (inner) {
      open.push(inner);
      scanner.take(scanner.next);
      if (scanner.next !== inner.end) continue;
    }
    while (scanner.take(open.at(-1)?.end ?? none)) open.pop();
    if (open.length === 0) break;
    scanner.expect(comma);
  }
  scanner.skipBlanks();
  if (scanner.next !== undefined) throw notJson();
  return whole;
}

function takeName(scanner: JsonScanner): string {
  const name = scanner.takeText(longestName) ?? '';
  scanner.expect(colon);
  return name;
}

/** What is looked at in the value that comes next in an object or array; undefined where it is passed over. */
function wantedIn({ made, wanted }: Open, name: string, start: number | undefined): Wanted | undefined {
  if (!Array.isArray(made)) return wanted?.get(name);
  return made.length < mostElements || (start === startOfObject && !made.some(isObject)) ? wanted : undefined;
}

/** The object or array that begins there, if one does. */
function openNext(start: number | undefined, outer: Open | undefined, wanted: Wanted | undefined): Open | undefined {
  const passed = passedOver.get(start);
  const isArray = start === startOfArray;
  // Nothing is looked for in an array that is an element of another.
  if (!passed || !wanted?.size || (isArray && Array.isArray(outer?.made))) return passed;
  return { end: passed.end, made: isArray ? [] : {}, wanted };
}

function takeScalar(scanner: JsonScanner, outer: Open | undefined, wanted: Wanted | undefined): unknown {
  if (scanner.next !== quote) return scanner.takeWord(wanted !== undefined);
  return scanner.takeText(longestText(outer, wanted)) ?? something;
}

function longestText(outer: Open | undefined, wanted: Wanted | undefined): number {
  if (wanted === brief) return longestBrief;
  return wanted !== undefined && (wanted.size === 0 || !outer) ? Number.POSITIVE_INFINITY : 0;
}

/** Undefined stands for what is passed over: it only tells that the object or array is not empty. */
function put({ made }: Open, name: string, value: unknown): void {
  if (Array.isArray(made)) {
    if (value !== undefined) made.push(value);
  } else if (made) made[value === undefined ? '' : name] = value === undefined ? something : value;
}
