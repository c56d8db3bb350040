import { element } from './dom.js';

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

/** JSON in colours; every piece is a text node. `label` names it for those who do not see where it stands. */
export function jsonNode(value, label) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined';
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const kind = match[2] ? 'key' : match[1] ? 'string' : 'literal';
    pieces.push(text.slice(end, match.index), element('span', { class: kind }, match[1] ?? match[0]), match[2] ?? '');
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  return element('pre', { class: 'json', tabindex: '0', role: 'region', 'aria-label': label }, pieces, rest);
}
