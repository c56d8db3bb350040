import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type Inline, parseMarkdown } from '../../../src/simulator/page/markdown.js';

const marks = [
  '**',
  '*',
  '_',
  '__',
  '~~',
  '||',
  '`',
  '```',
  '```js\n',
  '> ',
  '>>> ',
  '# ',
  '- ',
  '  - ',
  '1. ',
  '-# ',
  '\\',
];
const pieces = [
  ...marks,
  '\n',
  ' ',
  '(',
  ')',
  '[a](',
  'https://a.b/c',
  'javascript:x',
  '<t:5:R>',
  '<@200000000000000001>',
  '<',
];
const messages = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 60 })
    .map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

describe('the markdown of a message', () => {
  it('keeps every letter and digit, in order, whatever the text', () => {
    fc.assert(
      fc.property(messages, (text) => {
        expect(letters(written(parseMarkdown(text)))).toBe(letters(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps text without marks as it is', () => {
    const plain = fc.stringMatching(/^[a-zA-Z0-9äß ,.!?\n🙂]*$/u).filter((text) => !/^\s*\d+\. /m.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        expect(written(parseMarkdown(text))).toBe(text.replace(/\n$/, ''));
      }),
      { examples: [['Hello, world.\n\nSecond paragraph']] },
    );
  });

  it('links to http and https only', () => {
    const schemes = fc.constantFrom(
      'javascript:',
      'JaVaScRiPt:',
      'data:',
      'vbscript:',
      'file:///',
      '//',
      'https://',
      'HTTP://',
    );
    const shapes = fc.constantFrom(
      (url: string) => `[x](${url})`,
      (url: string) => `<${url}>`,
      (url: string) => `a ${url} b`,
    );
    const links = fc
      .tuple(shapes, schemes, fc.string({ maxLength: 12 }))
      .map(([shape, scheme, rest]) => shape(scheme + rest));
    fc.assert(
      fc.property(fc.oneof(links, messages), (text) => {
        for (const href of hrefs(parseMarkdown(text))) expect(new URL(href).protocol).toMatch(/^https?:$/);
      }),
    );
    expect(hrefs(parseMarkdown('[x](https://a.b/c_(d)) HTTPS://e.f. <http://g.h>'))).toEqual([
      'https://a.b/c_(d)',
      'HTTPS://e.f',
      'http://g.h',
    ]);
  });

  it('comes to an end with the worst texts that fit in a message', () => {
    for (const piece of [...pieces, '*a ', '_a', '`a', '**__', '*__**a', '> - **', '[a](https://', '||a~~']) {
      const worst = piece.repeat(4000 / piece.length);
      expect(letters(written(parseMarkdown(worst)))).toBe(letters(worst));
    }
  });

  it('knows the styles and their nesting', () => {
    expect(inline('**bold *and italic***')).toEqual([
      { type: 'bold', children: [text('bold '), { type: 'italic', children: [text('and italic')] }] },
    ]);
    expect(inline('__u__ ~~s~~ ||x|| _i_')).toMatchObject(
      ['underline', 'text', 'strike', 'text', 'spoiler', 'text', 'italic'].map((type) => ({ type })),
    );
    expect(inline('`**not bold**`')).toEqual([{ type: 'code', text: '**not bold**' }]);
  });

  it('leaves words with underscores, single marks and escaped marks alone', () => {
    for (const plain of ['snake_case_word', '2 * 3 * 4', 'a ** b', '**', 'half `open']) {
      expect(inline(plain)).toEqual([text(plain)]);
    }
    expect(inline('\\*not italic\\*')).toEqual([text('*not italic*')]);
  });

  it('knows the blocks', () => {
    const [title, quote, list, code, end] = parseMarkdown('## T\n> q1\n> q2\n- a\n  - b\n```js\nx = `1`;\n```\nend');
    expect(title).toEqual({ type: 'heading', level: 2, children: [text('T')] });
    expect(quote).toMatchObject({ type: 'quote', children: [{ children: [text('q1\nq2')] }] });
    expect(list).toMatchObject({ type: 'list', items: [{ depth: 0 }, { depth: 1, marker: '-' }] });
    expect(code).toEqual({ type: 'codeBlock', language: 'js', text: 'x = `1`;' });
    expect(end).toEqual({ type: 'paragraph', children: [text('end')] });
    expect(parseMarkdown('>>> all\nof it')).toMatchObject([{ type: 'quote', children: [{ type: 'paragraph' }] }]);
    expect(parseMarkdown('#hashtag and -dash')).toMatchObject([{ type: 'paragraph' }]);
  });

  it('knows times and mentions', () => {
    expect(inline('<t:1700000000:R> <t:5> <@!200000000000000001>')).toMatchObject([
      { type: 'time', unix: 1_700_000_000, style: 'R' },
      text(' '),
      { type: 'time', style: 'f' },
      text(' '),
      { type: 'mention', id: '200000000000000001' },
    ]);
    expect(inline('@everyone')).toEqual([text('@everyone')]);
  });
});

function inline(source: string): Inline[] {
  const [block] = parseMarkdown(source);
  return block?.type === 'paragraph' ? block.children : [];
}

function text(content: string): Inline {
  return { type: 'text', text: content };
}

function letters(source: string): string {
  return source.replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Everything of the source that the tree still holds. */
function written(nodes: (Block | Inline | { type: 'item'; marker: string; children: Inline[] })[]): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
        case 'code':
        case 'time':
        case 'mention':
          return node.text;
        case 'codeBlock':
          return node.language + node.text;
        case 'list':
          return written(node.items);
        case 'item':
          return node.marker + written(node.children);
        case 'link': {
          const label = written(node.children);
          return label === node.href ? label : label + node.href;
        }
        default:
          return written(node.children);
      }
    })
    .join('');
}

function hrefs(nodes: (Block | Inline)[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'list') return node.items.flatMap((item) => hrefs(item.children));
    const below = 'children' in node ? hrefs(node.children) : [];
    return node.type === 'link' ? [node.href, ...below] : below;
  });
}
