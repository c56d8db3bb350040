const NESTING_MOST = 10;

const wraps = [
  ['bold', /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y],
  ['underline', /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y],
  ['italic', /\*(?=\S)((?:\*\*|\\[\s\S]|[^*\\])+?)(?<!\s)\*(?!\*)/y],
  ['italic', /(?<![\p{L}\p{N}])_((?:__|\\[\s\S]|[^_\\])+?)_(?![\p{L}\p{N}_])/uy],
  ['strike', /~~((?:\\[\s\S]|[^\\])+?)~~/y],
  ['spoiler', /\|\|([\s\S]+?)\|\|/y],
];
const escaped = /\\([!-/:-@[-`{-~])/y;
const code = /(`+)([\s\S]*?[^`])\1(?!`)/y;
const time = /<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y;
const mention = /<@!?(\d{15,21})>/y;
const pointed = /<(https?:\/\/[^\s<>]+)>/iy;
const masked = /\[([^[\]\n]+)\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?\)/iy;
const bare = /(?<![\p{L}\p{N}])https?:\/\/[^\s<>]+/iuy;

/** Turns one paragraph of Discord's markdown into inline nodes. */
export function parseInline(text, nesting = 0, withinLink = false) {
  const nodes = [];
  let plain = '';
  const add = (node) => {
    if (plain !== '') nodes.push({ type: 'text', text: plain });
    plain = '';
    nodes.push(node);
  };
  for (let at = 0; at < text.length; ) {
    const literal = matchAt(escaped, text, at);
    const found = literal ? undefined : nodeAt(text, at, nesting, withinLink);
    if (found) add(found.node);
    else plain += literal ? literal[1] : text[at];
    at += literal?.[0].length ?? found?.length ?? 1;
  }
  if (plain !== '') nodes.push({ type: 'text', text: plain });
  return nodes;
}

function nodeAt(text, at, nesting, withinLink) {
  switch (text[at]) {
    case '`':
      return codeAt(text, at);
    case '<':
      return timeAt(text, at) ?? mentionAt(text, at) ?? (withinLink ? undefined : linkAt(pointed, text, at));
    case '[':
      return withinLink ? undefined : maskedLinkAt(text, at, nesting);
    case 'h':
    case 'H':
      return withinLink ? undefined : linkAt(bare, text, at);
    case '*':
    case '_':
    case '~':
    case '|':
      return nesting < NESTING_MOST ? wrapAt(text, at, nesting, withinLink) : undefined;
    default:
      return undefined;
  }
}

function wrapAt(text, at, nesting, withinLink) {
  for (const [type, pattern] of wraps) {
    const match = matchAt(pattern, text, at);
    if (match) {
      const children = parseInline(match[1], nesting + 1, withinLink);
      return { node: { type, children }, length: match[0].length };
    }
  }
  return undefined;
}

function codeAt(text, at) {
  const match = matchAt(code, text, at);
  // `` ` `` is how a backtick is written as code: its padding is not part of it.
  const padded = match && /^ (`[\s\S]*|[\s\S]*`) $/.exec(match[2]);
  return match ? { node: { type: 'code', text: padded ? padded[1] : match[2] }, length: match[0].length } : undefined;
}

function timeAt(text, at) {
  const match = matchAt(time, text, at);
  if (!match) return undefined;
  return {
    node: { type: 'time', unix: Number(match[1]), style: match[2] ?? 'f', text: match[0] },
    length: match[0].length,
  };
}

function mentionAt(text, at) {
  const match = matchAt(mention, text, at);
  return match ? { node: { type: 'mention', id: match[1], text: match[0] }, length: match[0].length } : undefined;
}

function maskedLinkAt(text, at, nesting) {
  const match = matchAt(masked, text, at);
  if (!match || !isWebAddress(match[2])) return undefined;
  const children = parseInline(match[1], nesting + 1, true);
  return { node: { type: 'link', href: match[2], children }, length: match[0].length };
}

function linkAt(pattern, text, at) {
  const match = matchAt(pattern, text, at);
  if (!match) return undefined;
  const address = match[1] ?? withoutSentenceEnd(match[0]);
  if (!isWebAddress(address)) return undefined;
  const children = [{ type: 'text', text: address }];
  return { node: { type: 'link', href: address, children }, length: match[1] ? match[0].length : address.length };
}

/** A full stop or a bracket after an address belongs to the sentence around it. */
function withoutSentenceEnd(address) {
  const trimmed = address.replace(/[.,:;"'!?*_~|\]]+$/, '');
  return trimmed.endsWith(')') && !trimmed.includes('(') ? trimmed.slice(0, -1) : trimmed;
}

function isWebAddress(address) {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
