import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReply } from '../../../src/plugins/n8n-bridge/parseReply.ts';
import { WorkflowError, type WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';

/** What came of a body: the answer, or why there is none. */
function outcome(body: string): { text: string; tokens?: number | undefined } | WorkflowFault {
  try {
    return parseReply(body);
  } catch (error) {
    if (error instanceof WorkflowError) return error.fault;
    throw error;
  }
}

const answered: [what: string, body: string, text: string][] = [
  ['an AI Agent’s object', '{"output":"Hi"}', 'Hi'],
  ['reply', '{"reply":"Hi"}', 'Hi'],
  ['response', '{"response":"Hi"}', 'Hi'],
  ['text', '{"text":"Hi"}', 'Hi'],
  ['data that holds the text', '{"data":{"output":"Hi"}}', 'Hi'],
  ['all items: the first object of an array', '[{"output":"Hi"},{"output":"Later"}]', 'Hi'],
  ['an array whose first object is not its first element', '[null,"x",{"response":"Hi"}]', 'Hi'],
  ['output before all others', '{"text":"4","response":"3","reply":"2","output":"1"}', '1'],
  ['the object’s own text before that of its data', '{"data":{"output":"no"},"text":"yes"}', 'yes'],
  ['the next name where one holds no text', '{"output":null,"reply":7,"text":"Hi"}', 'Hi'],
  ['plain text', 'Hi there', 'Hi there'],
  ['plain text that begins like a list', '[1] is the source.', '[1] is the source.'],
  ['plain text that is a number', '42', '42'],
  ['plain text that is a word of JSON', 'true', 'true'],
  ['a JSON string', '"Hi \\u0041da"', 'Hi Ada'],
  ['whitespace around', '\n  {"output":" Hi "}\n', ' Hi '],
  ['a byte order mark', '\ufeff{"output":"Hi"}', 'Hi'],
  ['an answer about HTML', '{"output":"<html> is a tag."}', '<html> is a tag.'],
  ['characters that no database holds', '{"output":"H\\u0000i\\ud800"}', 'Hi\ufffd'],
];

const refused: [what: string, fault: WorkflowFault, body: string][] = [
  ['nothing', 'empty', ''],
  ['only whitespace', 'empty', ' \r\n\t'],
  ['an object without fields', 'empty', '{}'],
  ['an array without elements', 'empty', '[]'],
  ['an empty text', 'empty', '{"output":""}'],
  ['a blank text', 'empty', '{"output":" \\n "}'],
  ['a text of NULs only', 'empty', '{"output":"\\u0000"}'],
  ['an empty JSON string', 'empty', '""'],
  ['a page', 'html', '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>'],
  ['a page without a doctype', 'html', '\n<HTML><head><title>504</title></head></HTML>'],
  ['XML', 'html', '<?xml version="1.0"?><error/>'],
  ['a page in a JSON string', 'html', '"<!doctype html>"'],
  ['half an object', 'unreadable', '{"output":"Hel'],
  ['half an array', 'unreadable', '[{"output":"Hel'],
  ['an object with other fields', 'unreadable', '{"message":"Error in workflow"}'],
  ['a text that is no text', 'unreadable', '{"output":{"deep":"Hi"}}'],
  ['null', 'unreadable', 'null'],
  ['an array without objects', 'unreadable', '["Hi"]'],
  ['an acceptance', 'unreadable', '{"message":"Workflow was started"}'],
  ['a stream', 'unreadable', '{"type":"begin"}\n{"type":"item","content":"Hi"}\n{"type":"end"}\n'],
];

describe('parseReply', () => {
  it.each(answered)('finds the text of %s', (_what, body, text) => {
    expect(outcome(body)).toMatchObject({ text });
  });

  it.each(refused)('finds no text in %s: %s', (_what, fault, body) => {
    expect(outcome(body)).toBe(fault);
  });

  it('finds how many tokens the model used, beside the text or above it', () => {
    expect(outcome('{"output":"Hi","tokens":12}')).toEqual({ text: 'Hi', tokens: 12 });
    expect(outcome('{"data":{"text":"Hi","tokens":0}}')).toEqual({ text: 'Hi', tokens: 0 });
    expect(outcome('{"tokens":5,"data":{"text":"Hi","tokens":6}}')).toEqual({ text: 'Hi', tokens: 5 });
  });

  it('takes no tokens that are no count, or none that fits its column', () => {
    for (const tokens of [-1, 1.5, '12', null, 2_147_483_648, [1]]) {
      expect(outcome(JSON.stringify({ output: 'Hi', tokens }))).toEqual({ text: 'Hi', tokens: undefined });
    }
  });

  it('gives an answer that can be said and kept, or a WorkflowError, for any body', () => {
    const key = fc.constantFrom('output', 'reply', 'response', 'text', 'data', 'tokens', '__proto__', 'message');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.constantFrom(null, 0, 1e300, true, '', '\0', '<html>'),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }));
    const json = value.map((each) => JSON.stringify(each));
    const cut = fc.tuple(json, fc.nat(200)).map(([text, length]) => text.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), json, cut), (body) => {
        const found = outcome(body);
        if (typeof found === 'string') return;
        expect(found.text.trim()).not.toBe('');
        expect(found.text).not.toContain('\0');
        expect(found.text.isWellFormed()).toBe(true);
        expect(found.tokens ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('quotes nothing of the body in its error', () => {
    for (const body of ['{"message":"sesame"}', '<html>sesame</html>', '{"output":"sesame']) {
      expect(() => parseReply(body)).toThrow(WorkflowError);
      expect(() => parseReply(body)).not.toThrow('sesame');
    }
  });
});
