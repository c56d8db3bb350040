import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBody } from './readBody.ts';
import { begin, end, failed, item, keepAlive, run, toLines } from './streamEvents.ts';

describe('a draft', () => {
  it('is all that has been written so far, each time that something comes', async () => {
    const events = [...run(['Let ', 'me look.']), begin(), item('It '), keepAlive, item('is 5.'), end()];
    const { drafts } = await readBody(events.map((event) => toLines([event])));
    expect(drafts).toEqual(['Let ', 'Let me look.', 'Let me look.\n\nIt ', 'Let me look.\n\nIt is 5.']);
  });

  it('is one for all that comes at once', async () => {
    expect((await readBody([toLines(run(['Hel', 'lo']))])).drafts).toEqual(['Hello']);
  });

  it('never has the JSON of a Respond node, nor anything behind it', async () => {
    const events = [...run(['Hi']), ...run([' {"output":"Fine"}'], 'R'), ...run(['more'])];
    const { drafts, found: reply } = await readBody(events.map((event) => toLines([event])));
    expect(drafts).toEqual(['Hi']);
    expect(reply).toMatchObject({ text: 'Fine' });
  });

  it('has JSON that a model writes, as soon as it is known to be written', async () => {
    const { drafts } = await readBody(run(['{', '"a"', ':1}']).map((event) => toLines([event])));
    expect(drafts).toEqual(['{"a"', '{"a":1}']);
  });

  it('takes back what a node wrote that has failed', async () => {
    const events = [...run(['1'], 'a'), begin(), item('Half'), failed, ...run(['2'], 'b')];
    const { drafts } = await readBody(events.map((event) => toLines([event])));
    expect(drafts).toEqual(['1', '1\n\nHalf', '1', '1\n\n2']);
  });

  it('takes back what a node wrote that is tried again', async () => {
    const events = [...run(['1']), begin('b'), item('Half of', 'b'), begin('b'), item('2', 'b'), end('b')];
    const { drafts } = await readBody(events.map((event) => toLines([event])));
    expect(drafts).toEqual(['1', '1\n\nHalf of', '1', '1\n\n2']);
  });

  it('is nothing where there is nothing to be read yet, or no stream', async () => {
    expect((await readBody(run([' ', '\n']).map((event) => toLines([event])))).drafts).toEqual([]);
    expect((await readBody(['{"out', 'put":"Hi"}'])).drafts).toEqual([]);
  });

  it('is clean at every moment', async () => {
    const { drafts } = await readBody(run(['a\0', '\ud83c', '\udf89', '\udf89']).map((event) => toLines([event])));
    expect(drafts).toEqual(['a', 'a🎉', 'a🎉\ufffd']);
  });
});

describe('the reader of answers', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('{', '🎉', '\ud83c', '\udf89', '\0', '\n', ''));
  const events = fc
    .array(
      fc.oneof(
        fc.array(piece, { maxLength: 4 }).map((texts) => run(texts)),
        fc.constant([keepAlive]),
      ),
      { maxLength: 4 },
    )
    .map((runs) => runs.flat());
  const cuts = fc.array(fc.nat(1_000), { maxLength: 12 });

  it('reads the same in a valid stream, wherever it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(events, cuts, async (stream, places) => {
        const bytes = Buffer.from(toLines(stream));
        const marks = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
        const chunks = marks.slice(1).map((mark, n) => bytes.subarray(marks[n], mark));
        const whole = await readBody([bytes]);
        const { found: inChunks, drafts } = await readBody(chunks);
        expect(inChunks).toEqual(whole.found);
        for (const draft of drafts) expect(draft.isWellFormed() && !draft.includes('\0')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('gives an answer that can be said and kept, an acceptance or a fault, for any bytes', async () => {
    const line = fc.oneof(
      fc.json(),
      fc
        .record(
          {
            type: fc.constantFrom('begin', 'item', 'end', 'error', 'x', 7),
            content: fc.jsonValue(),
            metadata: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((event) => JSON.stringify(event)),
      events.map(toLines),
      fc.constantFrom(
        '',
        '\r',
        '<html>',
        '{"type":"begin"',
        '{"type":"item","metadata":{"nodeId":{"toString":1},"runIndex":{"toJSON":2}}}',
      ),
    );
    const text = fc.array(line, { maxLength: 6 }).map((lines) => Buffer.from(lines.join('\n')));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(text, fc.uint8Array()), { maxLength: 4 }), async (chunks) => {
        const { found: reply, drafts } = await readBody(chunks);
        for (const said of typeof reply === 'string' ? drafts : [...drafts, reply.text]) {
          expect(said.trim()).not.toBe('');
          expect(said.isWellFormed() && !said.includes('\0')).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes what is nested deeply, but nothing with more than 50,000 values', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const line = (depth: number) =>
      `{"type":"item","content":${nested(depth)},"metadata":{"nodeId":${nested(depth)}}}\n`;
    expect((await readBody([line(24_000)])).found).toBe('cut');
    expect((await readBody([line(25_000)])).found).toBe('too large');
    for (const values of ['1,', '"a",', '[],', '{"a":{}},'])
      expect((await readBody([`{"output":"Hi","more":[${values.repeat(60_000)}1]}`])).found, values).toBe('too large');
  });

  it('takes a line of almost 1 MiB, byte by byte', async () => {
    const text = 'x'.repeat(300_000);
    const bytes = Buffer.from(toLines(run([text])));
    const { found: reply } = await readBody(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(typeof reply === 'object' && reply.text === text).toBe(true);
  });
});
