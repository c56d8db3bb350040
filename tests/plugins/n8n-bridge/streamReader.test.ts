import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';
import { type Found, readBody } from './readBody.ts';
import { begin, end, failed, item, keepAlive, run, toLines } from './streamEvents.ts';

const found = async (body: string): Promise<Found> => (await readBody([body])).found;

const answers: [what: string, events: readonly object[], text: string][] = [
  ['one run of a node', run(['Hel', 'lo']), 'Hello'],
  ['an answer in one item', run(['Hello']), 'Hello'],
  [
    'the runs of an agent that uses tools',
    [...run(['Let me look.']), ...run(['It is 5.'])],
    'Let me look.\n\nIt is 5.',
  ],
  ['runs without a text, which leave no gap', [...run([]), ...run(['Hi']), ...run([' \n']), ...run([''])], 'Hi'],
  ['whitespace between words, and around them', run([' Hi', ' ', 'there', '\n']), ' Hi there\n'],
  [
    'nodes that write at the same time: in the order of their beginning',
    [begin('a'), begin('b'), item('B1', 'b'), item('A1', 'a'), item('B2', 'b'), end('b'), item('A2', 'a'), end('a')],
    'A1A2\n\nB1B2',
  ],
  [
    'items that a node works on at the same time',
    [begin('a', 0), begin('a', 1), item('two', 'a', 1), item('one', 'a', 0), end('a', 0), end('a', 1)],
    'one\n\ntwo',
  ],
  ['runs of a node in a loop', [...run(['1'], 'a', 0, 0), ...run(['2'], 'a', 0, 1)], '1\n\n2'],
  [
    'a node that is tried again: without what it wrote before it failed',
    [begin(), item('Half an ans'), ...run(['A whole answer'])],
    'A whole answer',
  ],
  [
    'a node that may fail: without what it wrote, but with what others write',
    [...run(['One.'], 'a'), begin(), item('Half a'), failed, ...run(['Two.'], 'b')],
    'One.\n\nTwo.',
  ],
  [
    'a node that goes on beside one that fails',
    [begin('a'), item('One', 'a'), begin(), item('Half'), failed, item(' more', 'a'), end('a')],
    'One more',
  ],
  [
    'a Respond node behind a node that has failed',
    [begin(), item('Half a'), failed, ...run(['{"text":"Sorry"}'], 'R')],
    'Sorry',
  ],
  ['a node that does not say that it begins', [item('Hi'), end()], 'Hi'],
  ['an end too many', [...run(['Hi']), end(), end('b')], 'Hi'],
  ['events that carry no metadata', [{ type: 'begin' }, { type: 'item', content: 'Hi' }, { type: 'end' }], 'Hi'],
  [
    'keep-alives and events of a later n8n',
    [
      keepAlive,
      { type: 'tool-call-start', content: 'no' },
      begin(),
      keepAlive,
      item('Hi'),
      { type: 'x' },
      end(),
      keepAlive,
    ],
    'Hi',
  ],
  ['items without a text', [begin(), item('Hi'), { ...item(''), content: { deep: 'no' } }, end()], 'Hi'],
  ['a Respond node: its JSON is read', run(['{"output":"Hi"}'], 'Respond'), 'Hi'],
  ['a Respond node behind an agent: what it says counts', [...run(['Raw']), ...run(['{"reply":"Fine"}'], 'R')], 'Fine'],
  [
    'a Respond node with all items: the first counts',
    [...run(['{"text":"1"}'], 'R', 0), ...run(['{"text":"2"}'], 'R', 1)],
    '1',
  ],
  ['a Respond node with an array', run(['[{"output":"Hi"}]'], 'R'), 'Hi'],
  ['a Respond node with plain text', run(['Hi'], 'R'), 'Hi'],
  [
    'a Respond node behind a node that failed and was let go',
    [begin('a'), item('Ha', 'a'), ...run(['{"text":"Sorry"}'], 'R')],
    'Sorry',
  ],
  ['a Respond node without a text behind an agent', [...run(['Hi']), ...run(['{"ok":true}'], 'R')], 'Hi'],
  ['a model that writes JSON', run(['{"out', 'put":', '"Hi"}']), '{"output":"Hi"}'],
  ['a text that begins like JSON', run(['[1] says so.']), '[1] says so.'],
  ['half an object that somebody asked for', run(['{"a": ']), '{"a": '],
  ['a text about HTML', run(['<html>', ' is a tag']), '<html> is a tag'],
  ['characters that no database holds', run(['H\0i', '\ud800', '\0 ', '\udc00']), 'Hi\ufffd \ufffd'],
  ['a character in two items', run(['\ud83c', '\0', '\udf89', '!']), '🎉!'],
  ['half a character at the end of a run', [...run(['Hi\ud83c']), ...run(['\udf89'])], 'Hi\ufffd\n\n\ufffd'],
];

const faults: [what: string, fault: WorkflowFault, body: string][] = [
  ['an error instead of a text', 'failed', toLines([begin(), failed])],
  ['an error in the middle of a text', 'failed', toLines([begin(), item('Hel'), failed])],
  ['an error behind a whole text', 'failed', toLines([...run(['Hi']), failed])],
  ['an error behind a Respond node', 'failed', toLines([...run(['{"output":"Hi"}']), failed])],
  [
    'an error behind which nobody says anything',
    'failed',
    toLines([...run(['Hi']), failed, ...run([' '], 'b'), keepAlive]),
  ],
  ['an error and nothing else', 'failed', '{"type":"error","content":"no"}'],
  ['no end', 'cut', toLines([begin(), item('Hel')])],
  ['no end of the second run', 'cut', toLines([...run(['Let me look.']), begin(), item('It')])],
  ['a beginning only', 'cut', toLines([begin()])],
  ['no end of a Respond node', 'cut', toLines([begin('R'), item('{"output":"Hi"}', 'R')])],
  ['a last line that is cut', 'cut', `${toLines([begin(), item('Hi')])}{"type":"en`],
  ['half a line in the middle', 'unreadable', `${toLines([begin()])}{"type":"item","con\n${toLines([end()])}`],
  ['a word in the middle', 'unreadable', `${toLines([begin()])}oops\n${toLines([item('Hi'), end()])}`],
  ['a word at the end', 'unreadable', `${toLines(run(['Hi']))}oops`],
  ['a line of JSON that is no event', 'unreadable', `${toLines([begin()])}["type"]\n`],
  ['a page in the middle', 'html', `${toLines([begin(), item('Hi')])}<!DOCTYPE html>\n<h1>504</h1>\n`],
  ['a page at the end', 'html', `${toLines([begin(), item('Hi')])}<html><h1>504</h1></html>`],
  ['a page before it', 'html', `<html>\n${toLines(run(['Hi']))}`],
  ['runs without a text', 'empty', toLines([...run([]), ...run([' ', '\0', '\n'])])],
  ['keep-alives only', 'empty', toLines([keepAlive, keepAlive])],
  ['a Respond node without a text', 'unreadable', toLines(run(['{"ok":true}']))],
  ['a Respond node with nothing', 'empty', toLines(run(['{}']))],
  ['a Respond node with an empty text', 'empty', toLines(run(['{"output":"\\u0000"}']))],
  ['too many nodes at a time', 'unreadable', toLines(Array.from({ length: 33 }, (_, n) => begin(`node ${n}`)))],
];

// What n8n itself has written.
const recorded: [file: string, found: Found | { text: string }][] = [
  ['text', { text: 'Six times seven\nis "42" – 🙂' }],
  ['tool', { text: 'Let me see. \n\nIt is **42**.' }],
  ['keepalive', { text: 'I think. Done.' }],
  ['respond-node', { text: 'It is 42' }],
  ['agent-and-respond-node', { text: 'It is 42' }],
  ['nothing', 'empty'],
  ['error-at-once', 'failed'],
  ['error-after-text', 'failed'],
];

describe('a stream', () => {
  it.each(recorded)('of n8n is read: %s', async (file, expected) => {
    const { found: reply } = await readBody([readFileSync(new URL(`streams/${file}.jsonl`, import.meta.url))]);
    if (typeof expected === 'string') expect(reply).toBe(expected);
    else expect(reply).toMatchObject(expected);
  });

  it.each(answers)('is read: %s', async (_what, events, text) => {
    expect(await found(toLines(events))).toMatchObject({ text });
  });

  it.each(faults)('is no answer: %s (%s)', async (_what, fault, body) => {
    expect(await found(body)).toBe(fault);
  });

  it('may have blank lines, other line ends, a byte order mark, and no last line end', async () => {
    const lines = toLines(run(['Hi'])).trimEnd();
    for (const body of [
      `\ufeff${lines}`,
      `\n \n${lines}\n\n`,
      lines.replaceAll('\n', '\r\n'),
      lines.replaceAll('\n', '\n\n'),
    ])
      expect(await found(body)).toMatchObject({ text: 'Hi' });
  });

  it('says how many tokens were used: at an end, at several, or in the JSON of a Respond node', async () => {
    const used = (tokens: unknown) => ({ ...end(), tokens });
    const [first, second] = [
      [begin(), item('1'), used(3)],
      [begin(), item('2'), used(4)],
    ];
    expect(await found(toLines([...first, ...second]))).toEqual({ text: '1\n\n2', tokens: 7 });
    expect(await found(toLines([...first, ...run(['{"text":"Hi","tokens":9}'])]))).toEqual({ text: 'Hi', tokens: 9 });
    for (const tokens of [-1, 1.5, '12', null, 2_147_483_648])
      expect(await found(toLines([begin(), item('1'), used(tokens)]))).toEqual({ text: '1', tokens: undefined });
    expect(await found(toLines([...first, begin(), used(2_147_483_647)]))).toEqual({ text: '1', tokens: 3 });
  });

  it('is told from an answer that has a type', async () => {
    for (const type of ['begin', 'item', 'error', 'answer'])
      expect(await found(`{"type":"${type}","output":"Hi"}\n`)).toMatchObject({ text: 'Hi' });
    expect(await found('{"type":"answer"}\n')).toBe('unreadable');
    expect(await found('{\n  "type": "item",\n  "text": "Hi"\n}\n')).toMatchObject({ text: 'Hi' });
    expect(await found('{"type":"answer"}\nand more')).toBe('unreadable');
  });

  it('is told from plain text of many lines', async () => {
    expect((await readBody(['\nFirst  \n\nsec', 'ond \n{"type":"end"}\n', ' third\n'])).found).toMatchObject({
      text: 'First  \n\nsecond \n{"type":"end"}\n third',
    });
  });

  it('is told from the word that the answer comes later', async () => {
    for (const body of ['{"message":"Workflow was started"}', ' {\n "message" : "Workflow was started" }\n'])
      expect(await found(body)).toBe('accepted');
    expect(await found('{"message":"Workflow was started","output":"Hi"}')).toMatchObject({ text: 'Hi' });
  });
});
