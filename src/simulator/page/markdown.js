import { parseInline } from './markdownInline.js';

const NESTING_MOST = 6;

const fence = /```(?:([\w+\-.#]+)\n)?\n*([^\n][\s\S]*?)\n*```/y;
const heading = /^(#{1,3}) +(\S.*)$/;
const small = /^-# +(\S.*)$/;
const item = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/;

/**
 * Turns a message in Discord's markdown into a tree of blocks and inline nodes (see markdown.d.ts). It is for untrusted text:
 * it never throws, never loses a letter, and a link in the tree is always http or https.
 */
export function parseMarkdown(text, nesting = 0) {
  const blocks = [];
  let paragraph = '';
  const endParagraph = () => {
    const content = paragraph.replace(/\n$/, '');
    if (content !== '') blocks.push({ type: 'paragraph', children: parseInline(content) });
    paragraph = '';
  };
  const add = (block) => {
    endParagraph();
    blocks.push(block);
  };

  for (let at = 0; at < text.length; ) {
    const quote = nesting < NESTING_MOST ? quoteAt(text, at) : undefined;
    if (quote) {
      add({ type: 'quote', children: parseMarkdown(quote.text, nesting + 1) });
      at = quote.end;
      continue;
    }
    const line = lineAt(text, at);
    const block = lineBlock(line.text);
    if (block?.type === 'item') {
      const list = listAt(text, at);
      add({ type: 'list', items: list.items });
      at = list.end;
      continue;
    }
    if (block) {
      add(block);
      at = line.end;
      continue;
    }
    const code = codeBlockIn(text, at, line.end);
    if (code) {
      paragraph += text.slice(at, code.start);
      add({ type: 'codeBlock', language: code.language, text: code.text });
      at = code.end;
      continue;
    }
    paragraph += text.slice(at, line.end);
    at = line.end;
  }
  endParagraph();
  return blocks;
}

function lineBlock(line) {
  const title = heading.exec(line);
  if (title) return { type: 'heading', level: title[1].length, children: parseInline(title[2]) };
  const print = small.exec(line);
  if (print) return { type: 'small', children: parseInline(print[1]) };
  const entry = item.exec(line);
  if (entry) {
    const depth = Math.min(Math.floor(entry[1].length / 2), NESTING_MOST);
    return { type: 'item', depth, marker: entry[2], children: parseInline(entry[3]) };
  }
  return undefined;
}

function listAt(text, start) {
  const items = [];
  let end = start;
  while (end < text.length) {
    const line = lineAt(text, end);
    const entry = lineBlock(line.text);
    if (entry?.type !== 'item') break;
    items.push(entry);
    end = line.end;
  }
  return { items, end };
}

/** `>>> ` quotes the rest of the message, `> ` the lines that begin with it. */
function quoteAt(text, start) {
  if (text.startsWith('>>> ', start)) return { text: text.slice(start + 4), end: text.length };
  const lines = [];
  let end = start;
  while (text.startsWith('> ', end)) {
    const line = lineAt(text, end);
    lines.push(line.text.slice(2));
    end = line.end;
  }
  return lines.length > 0 ? { text: lines.join('\n'), end } : undefined;
}

/** The first code block that opens before `limit`; the line break after its closing fence belongs to it. */
function codeBlockIn(text, start, limit) {
  const opening = text.indexOf('```', start);
  if (opening === -1 || opening >= limit) return undefined;
  fence.lastIndex = opening;
  const match = fence.exec(text);
  if (!match) return undefined;
  const end = fence.lastIndex + (text[fence.lastIndex] === '\n' ? 1 : 0);
  return { start: opening, end, language: match[1] ?? '', text: match[2] };
}

function lineAt(text, start) {
  const lineBreak = text.indexOf('\n', start);
  const stop = lineBreak === -1 ? text.length : lineBreak;
  return { text: text.slice(start, stop), end: Math.min(stop + 1, text.length) };
}
