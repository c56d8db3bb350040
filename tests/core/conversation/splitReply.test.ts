import { describe, expect, it } from 'vitest';
import { splitReply } from '../../../src/core/conversation/splitReply.ts';

describe('splitReply', () => {
  it('sends a short reply as it is, without the whitespace around it', () => {
    expect(splitReply('\n\n  Hello,\n\nworld \n')).toEqual(['  Hello,\n\nworld']);
  });

  it('has nothing to send for a blank reply', () => {
    expect(splitReply('')).toEqual([]);
    expect(splitReply(' \n\t\u00a0\n')).toEqual([]);
  });

  it('fills a message up to the limit of 2,000 UTF-16 code units', () => {
    expect(splitReply('x'.repeat(2000))).toEqual(['x'.repeat(2000)]);
    expect(splitReply('x'.repeat(2001))).toEqual(['x'.repeat(2000), 'x']);
    expect(splitReply('😀'.repeat(1001))).toEqual(['😀'.repeat(1000), '😀']);
    expect(splitReply(`${'x'.repeat(2000)}\n\nnext`)).toEqual(['x'.repeat(2000), 'next']);
  });

  it('prefers the end of a paragraph to the end of a line', () => {
    expect(splitReply('One paragraph.\nIts second line.\n\nAnother.\nMore of it.', 45)).toEqual([
      'One paragraph.\nIts second line.',
      'Another.\nMore of it.',
    ]);
  });

  it('prefers the end of a sentence to the end of a word', () => {
    expect(splitReply('The first sentence is here. The second is longer than that.', 45)).toEqual([
      'The first sentence is here.',
      'The second is longer than that.',
    ]);
    expect(splitReply('这是第一句话，说得比较长。这是第二句话，也不短。', 16)).toEqual([
      '这是第一句话，说得比较长。',
      '这是第二句话，也不短。',
    ]);
  });

  it('prefers the end of a word to its middle', () => {
    expect(splitReply('some words without any end', 15)).toEqual(['some words', 'without any end']);
  });

  it('keeps list items whole, with their further lines', () => {
    const list = '- the first item\n- the second item\n  goes on here\n- the third item';
    expect(splitReply(list, 40)).toEqual(['- the first item', '- the second item\n  goes on here', '- the third item']);
  });

  it('does not leave a heading behind', () => {
    expect(splitReply('Some words first.\n\n## A heading\n\nIts own words follow.', 45)).toEqual([
      'Some words first.',
      '## A heading\n\nIts own words follow.',
    ]);
  });

  it('keeps the indentation of a nested list item that begins a message', () => {
    expect(splitReply('- outer item, one\n  - inner item, two\n  - inner item, three', 42)).toEqual([
      '- outer item, one\n  - inner item, two',
      '  - inner item, three',
    ]);
  });

  it.each([
    ['a masked link', '[the docs (v2)](https://example.com/a_(b)?q=1)'],
    ['an address', 'https://example.com/some/long/path?with=query&more'],
    ['an address within CJK text', 'https://example.com/path', '这里有一些文字请看', '然后继续说一些别的话题'],
    ['a mention', '<@123456789012345678>'],
    ['a timestamp', '<t:1700000000:R>'],
    ['a custom emoji', '<a:party_parrot:123456789012345678>'],
    ['a slash command', '</weather today:123456789012345678>'],
    ['inline code', '`const a = [1, 2, 3];`'],
    ['inline code with a backtick in it', '``a ` b c d``'],
    ['a family', '👨‍👩‍👧‍👦'],
    ['a combined letter', 'a\u0301\u0302\u0303'],
  ])('does not cut %s', (_what, whole, before = 'x'.repeat(9), after = 'y'.repeat(30)) => {
    for (let length = 1; length <= 40; length++) {
      const text = before.repeat(5).slice(0, length) + (whole.startsWith('http') ? ` ${whole}` : whole) + after;
      if (text.length > 60) expect(splitReply(text, 60).filter((part) => part.includes(whole))).toHaveLength(1);
    }
  });

  it('does not cut between a space and the accent that stands on it', () => {
    expect(splitReply('aaaa bbbb \u0301cccc', 11)).toEqual(['aaaa', 'bbbb \u0301cccc']);
  });

  it('cuts what does not fit in one message', () => {
    const address = `https://example.com/${'x'.repeat(100)}`;
    expect(splitReply(`[see](${address})`, 50).join('')).toBe(`[see](${address})`);
    expect(splitReply(`a${'\u0301'.repeat(99)}`, 50).map((part) => part.length)).toEqual([50, 50]);
  });

  it.each([
    ['a link', '[', '](https://example.com/path)', ' more'],
    ['an address', 'https://example.com/', '[the docs](https://example.com/path)', ' more'],
    ['code', '`', '[the docs](https://example.com/path)', '`'],
  ])('does not cut the address in %s that does not fit itself', (_what, start, end, after) => {
    const address = 'https://example.com/path';
    for (let length = 60; length <= 100; length++) {
      const parts = splitReply(`${start}${'x'.repeat(length)}${end}${after}`, 60);
      expect(parts.filter((part) => part.includes(address))).toHaveLength(1);
    }
  });

  it('closes a code block at the end of a message and reopens it with its language', () => {
    expect(splitReply('Look:\n```js\nfirst();\n  second();\nthird();\n```\nDone.', 32)).toEqual([
      'Look:\n```js\nfirst();\n```',
      '```js\n  second();\nthird();\n```',
      'Done.',
    ]);
  });

  it('keeps a code block whole that fits in a message', () => {
    expect(splitReply('A few words.\n```\nconst a = 1;\nconst b = 2;\n```', 45)).toEqual([
      'A few words.',
      '```\nconst a = 1;\nconst b = 2;\n```',
    ]);
  });

  it('reopens a code block with as many backticks and as much indentation as it had', () => {
    expect(splitReply('- ````md\n  ```\n  one two\n  ```\n  three four\n  ````', 40)).toEqual([
      '- ````md\n  ```\n  one two\n  ```\n  ````',
      '  ````md\n  three four\n  ````',
    ]);
  });

  it('knows code blocks that open in the middle of a line, as Discord does', () => {
    expect(splitReply('Try this: ```sh\nnpm install\nnpm start\n``` Good luck with it, friend.', 45)).toEqual([
      'Try this: ```sh\nnpm install\nnpm start\n```',
      'Good luck with it, friend.',
    ]);
  });

  it('closes a code block that the reply left open', () => {
    expect(splitReply('```py\nprint(1)')).toEqual(['```py\nprint(1)\n```']);
    expect(splitReply('Type ``` to open a code block.')).toEqual(['Type ``` to open a code block.']);
    expect(splitReply('`Type` ``` to open one.')).toEqual(['`Type` ``` to open one.']);
  });

  it('ends a line of code that the reply left open where only closing it is too much for one message', () => {
    expect(splitReply('```\nfirst line\nsecond line\nthe third', 38)).toEqual([
      '```\nfirst line\nsecond line\n```',
      '```\nthe third\n```',
    ]);
  });

  it('sees no code block in tildes, which mean nothing to Discord', () => {
    expect(splitReply('~~~js\nfirst line\nsecond line\n~~~', 20)).toEqual(['~~~js\nfirst line', 'second line\n~~~']);
  });

  it('cuts a line of code that is longer than a message', () => {
    const parts = splitReply(`\`\`\`js\n${'x'.repeat(100)}\n\`\`\``, 50);
    expect(parts.map((part) => part.slice(0, 7))).toEqual(['```js\nx', '```js\nx', '```js\nx']);
    expect(parts.join('').replace(/[^x]/g, '')).toHaveLength(100);
  });

  it('treats an info string that is longer than a message as code', () => {
    const parts = splitReply(`\`\`\`${'x'.repeat(100)}\ncode\n\`\`\``, 50);
    expect(parts.every((part) => part.startsWith('```') && part.endsWith('\n```'))).toBe(true);
    expect(parts.join('').replace(/[^x]/g, '')).toHaveLength(100);
  });

  it('drops blank lines at a cut, however many they are', () => {
    expect(splitReply(`a${'\n'.repeat(500)}b${' '.repeat(500)}c`, 50)).toEqual(['a', 'b', 'c']);
  });
});
