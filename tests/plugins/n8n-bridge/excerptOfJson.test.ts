import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerptOfJson } from '../../../src/plugins/n8n-bridge/excerptOfJson.ts';
import { isObject } from '../../../src/plugins/n8n-bridge/isObject.ts';
import { toReply, toTokens } from '../../../src/plugins/n8n-bridge/parseReply.ts';
import { type StreamEvent, toStreamEvent } from '../../../src/plugins/n8n-bridge/StreamEvent.ts';
import { wanted } from '../../../src/plugins/n8n-bridge/wanted.ts';

const orError = <Result>(read: () => Result): Result | string => {
  try {
    return read();
  } catch (error) {
    return (error as { fault?: string }).fault ?? (error as Error).name;
  }
};

const withTokens = (event: StreamEvent | undefined) => event && { ...event, tokens: toTokens(event.tokens) };

/** All that the bot makes of a value: as an answer, as an event, and as an answer among others. */
const understood = (value: unknown) => ({
  reply: orError(() => toReply(value, () => 'body')),
  event: orError(() => withTokens(toStreamEvent(value))),
  scalar: isObject(value) || Array.isArray(value) ? undefined : value,
});

const excerpt = (text: string | Buffer) =>
  orError(() => understood(excerptOfJson(Buffer.from(text as string), wanted)));
const parsed = (text: string | Buffer) => orError(() => understood(JSON.parse(text.toString().trim())));

const hex = (letter: string): string => letter.charCodeAt(0).toString(16).padStart(4, '0');

/** The letter as it is, or in one of the ways to escape it. */
const escapes = (letter: string): string[] => {
  const code = hex(letter);
  return [JSON.stringify(letter).slice(1, -1), `\\u${code}`, `\\u${code.toUpperCase()}`];
};

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });
const nameOf = fc.constantFrom(
  ...['output', 'reply', 'response', 'text', 'data', 'tokens', 'actions', 'type', 'content', 'metadata', 'reason'],
  ...['nodeId', 'runIndex', 'itemIndex', '', '__proto__', 'constructor', 'outputs', 'x'.repeat(60)],
);
const quoted = fc
  .tuple(
    fc.oneof(nameOf, fc.string({ unit: 'binary' }), fc.constantFrom('warn', 'flushMemory', 'item', 'Hi', '\0', ' ')),
    fc.infiniteStream(fc.nat(8)),
  )
  .map(([text, which]) => {
    const letters = Array.from({ length: text.length }, (_, at) => {
      const ways = escapes(text.charAt(at));
      return ways[which.next().value ?? 0] ?? ways[0];
    });
    // Half a character is no UTF-8 unless it is escaped.
    return `"${letters.join('')}"`.toWellFormed();
  });
const word = fc.constantFrom(
  ...['null', 'true', 'false', '0', '-0', '7', '12', '-1.5', '1e3', '1E+2', '0.25e-1', '2147483648', '1e400'],
  '1'.repeat(200),
);

/** A text of JSON, with names that come twice, escapes, spaces and all that is looked for. */
const { json } = fc.letrec<{ json: string; object: string; array: string }>((tie) => {
  const padded = fc.tuple(space, tie('json'), space).map((parts) => parts.join(''));
  const name = fc.oneof(
    { weight: 3, arbitrary: nameOf.map((each) => JSON.stringify(each)) },
    { weight: 1, arbitrary: quoted },
  );
  const field = fc
    .tuple(space, name, space, padded)
    .map(([before, key, after, value]) => `${before}${key}${after}:${value}`);
  return {
    json: fc.oneof({ maxDepth: 5, withCrossShrink: true }, quoted, word, tie('object'), tie('object'), tie('array')),
    object: fc.array(field, { maxLength: 6 }).map((fields) => `{${fields.join(',')}}`),
    array: fc.array(padded, { maxLength: 9 }).map((elements) => `[${elements.join(',')}]`),
  };
});

/** The same with a piece cut out, put in or changed, which mostly is no JSON any more. */
const broken = fc
  .tuple(
    json,
    fc.nat(400),
    fc.nat(3),
    fc.constantFrom('', ',', '"', '\\', '{', '}', '[', ']', ':', '0', 'e', '.', '-', '\0', '\n', '\u00a0', 'é'),
  )
  .map(([text, place, length, piece]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at + length);
  });

const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\ufeff', '\u00a0', '\u2028', '\v'), maxLength: 3 });

/** What is JSON, or nearly. */
const doubtful = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    '00',
    '01',
    '-',
    '-01',
    '+1',
    '.5',
    '1.',
    '1.e1',
    '1e',
    '1e+',
    '1e-07',
    '0x1',
    '1_0',
    '1 2',
    '9'.repeat(200),
  ],
  ...['true', 'tru', 'True', 'truee', 'nul', 'nulll', 'undefined', 'NaN', 'Infinity'],
  ...[
    '"',
    '"a',
    '"a""b"',
    "'a'",
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\/\\b\\f"',
    '"\\u12"',
    '"\\u12g4"',
    '"\\u12G4"',
    '"\\uD83D"',
    '"\\U1234"',
  ],
  ...['"\u001f"', '"\t"', '"\u007f"', '"\u2028"', '"\\\n"'],
  ...[
    '{',
    '{}',
    '{]',
    '{,}',
    '{"a"}',
    '{"a" 1}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{a:1}',
    '{1:1}',
    '{"a":1}}',
    '{"output":1',
  ],
  ...['[', '[]', '[}', '[,]', '[1,]', '[,1]', '[1 2]', '[1]]', '[[]', '[{]}', '[1', '[] []', '//1', '/**/1'],
  ...[
    '\ufeff1',
    '1\ufeff',
    '\u00a01',
    '1\u2029',
    '\v1',
    '\u00001',
    '1\u0000',
    '\u00851',
    '\u200b1',
    'é1',
    '1é',
    '1\u007f',
  ],
];

describe('an excerpt of JSON', () => {
  it('is one of what nearly is JSON only where the whole is', () => {
    for (const text of doubtful)
      for (const body of [text, `[${text}]`, `{"output":${text}}`, `{"output":"Hi","more":${text}}`, `{${text}:1}`])
        expect(excerpt(body), body).toEqual(parsed(body));
  });

  it('finds names of which every letter is escaped', () => {
    const escapeAll = (text: string) => text.replace(/[a-z]/gi, (letter) => `\\u${hex(letter)}`);
    const body = '{"type":"item","content":"Hi","tokens":1,"metadata":{"nodeId":"n","runIndex":1,"itemIndex":2}}';
    const names = body.replace(/"(\w+)":/g, (_all, name: string) => `"${escapeAll(name)}":`);
    expect(excerpt(names)).toEqual(parsed(body));
  });

  it.each([
    '{"output":"Hi","tokens":null,"actions":null,"data":{"tokens":5,"actions":[{"type":"flushMemory"}]}}',
    '{"output":"Hi","tokens":[],"actions":{},"data":{"tokens":5,"actions":[{"type":"flushMemory"}]}}',
    '{"output":"1","output":"2"}',
    '{"output":"1","output":[2],"text":"3"}',
    '{"data":{"text":"1","tokens":1},"data":{"text":"2"}}',
    '{"data":{"text":"1"},"data":null}',
  ])('tells nothing from something, and takes the last of what comes twice: %s', (body) => {
    expect(excerpt(body)).toEqual(parsed(body));
  });

  it('tells as much as the whole would, of any JSON', () => {
    const text = fc.tuple(blanks, json, blanks).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (body) => {
        expect(excerpt(body)).toEqual(parsed(body));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is one where and only where the whole is JSON', () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.json(), fc.string({ unit: 'binary' })), (text) => {
        const body = text.toWellFormed();
        expect(excerpt(body)).toEqual(parsed(body));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is one of bytes that are no UTF-8, as the whole would be', () => {
    fc.assert(
      fc.property(json, fc.nat(400), fc.uint8Array({ maxLength: 3 }), (body, place, bytes) => {
        const all = Buffer.from(body);
        const at = place % (all.length + 1);
        const text = Buffer.concat([all.subarray(0, at), bytes, all.subarray(at)]);
        expect(excerpt(text)).toEqual(parsed(text));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out what is too long for a reason, or for a name', () => {
    const body = (length: number) =>
      `{"output":"${'x'.repeat(70_000)}","actions":[{"reason":"${'x'.repeat(length)}"}]}`;
    const reasonOf = (length: number) => excerptOfJson(Buffer.from(body(length)), wanted);
    expect(reasonOf(65_534)).toEqual(JSON.parse(body(65_534)));
    expect(reasonOf(65_535)).toEqual({ output: 'x'.repeat(70_000), actions: [{ reason: false }] });
  });

  it('leaves out what nobody looks at', () => {
    const more = 'x'.repeat(1_000);
    const body = `{"more":"${more}","output":"Hi","data":"${more}","actions":[${'{"type":"a","more":[1]},'.repeat(9)}1]}`;
    expect(excerptOfJson(Buffer.from(body), wanted)).toEqual({
      '': false,
      output: 'Hi',
      data: false,
      actions: Array(6).fill({ type: 'a', '': false }),
    });
    expect(
      excerptOfJson(Buffer.from(`[1,"${more}",[{"output":"no"}],2,3,4,5,6,{"text":"Hi"},{"text":"no"}]`), wanted),
    ).toEqual([1, false, false, 2, 3, 4, { text: 'Hi' }]);
  });
});
