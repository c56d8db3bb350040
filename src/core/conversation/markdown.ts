const { raw } = String;
const SOFT_BREAK = raw`\n(?=[ \t]*[^\s\x60\-*+>#\d])`;

/** Sources of regular expressions for Discord's Markdown, shared by what looks for code blocks and for places to cut. */
export const ESCAPE = raw`\\[^\sA-Za-z0-9]`;

/** Code between one or two backticks (three open a code block), within a paragraph. Must own the first group. */
export const INLINE_CODE = raw`(?<!\x60)(\x60{1,2})(?!\x60)(?:[^\n]|${SOFT_BREAK})*?(?<!\x60)\1(?!\x60)`;

/** The bullet or number in front of a list item, with the space behind it. */
export const LIST_MARKER = raw`(?:[-*+]|\d{1,9}[.)])[ \t]+`;

/** All that makes a line a list item, a heading, subtext or a quote, up to its words. */
export const LINE_MARKER = raw`^[ \t>]*(?:(?:${LIST_MARKER}|(?:#{1,3}|-#)[ \t]+)+|>[ \t]*)`;

/** `[text](url "title")`, with one level of brackets inside, as in `[a [b]](https://c.example/d_(e))`. */
export const MASKED_LINK = [
  raw`!?\[(?:[^\[\]\\\n]|\\.|${SOFT_BREAK}|\[[^\[\]\n]*\])*\]`,
  raw`\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?\)`,
].join('');

/** Mentions, custom emoji, timestamps, links in angle brackets: https://discord.com/developers/docs/reference#message-formatting */
export const DISCORD_TOKEN = raw`<(?:[@#/]|a?:\w|t:|id:|https?:)[^<>\n]*>`;

/** Ends where CJK text begins, which leaves no space behind an address. */
export const BARE_URL = raw`https?:\/\/[^\s<>\u2e80-\uffef]+`;
