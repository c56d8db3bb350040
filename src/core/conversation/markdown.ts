const { raw } = String;

/** Sources of regular expressions for Discord's Markdown, shared by what looks for code blocks and for places to cut. */
export const ESCAPE = raw`\\[^\sA-Za-z0-9]`;

/** What opens code within a paragraph: one or two backticks (three open a code block). `InlineEnds` knows where it ends. */
export const CODE_OPENING = raw`(?<!\x60)\x60{1,2}(?!\x60)`;

/** A line end that ends a paragraph, and with it code and the text of a link. */
export const HARD_BREAK = raw`\n(?![ \t]*[^\s\x60\-*+>#\d])`;

/** The bullet or number in front of a list item, with the space behind it. */
export const LIST_MARKER = raw`(?:[-*+]|\d{1,9}[.)])[ \t]+`;

/** All that makes a line a list item, a heading, subtext or a quote, up to its words. */
export const LINE_MARKER = raw`^[ \t>]*(?:(?:${LIST_MARKER}|(?:#{1,3}|-#)[ \t]+)+|>[ \t]*)`;

/** What opens `[text](url "title")`. */
export const LINK_OPENING = raw`!?\[`;

/** The rest of it behind the text, with one level of brackets inside, as in `(https://c.example/d_(e))`. */
export const LINK_TARGET = raw`\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?\)`;

/** Mentions, custom emoji, timestamps, links in angle brackets: https://discord.com/developers/docs/reference#message-formatting */
export const DISCORD_TOKEN = raw`<(?:[@#/]|a?:\w|t:|id:|https?:)[^<>\n]*>`;

/** What an address may hold: it ends where CJK text begins, which leaves no space behind an address. */
export const URL_CHARACTER = raw`[^\s<>\u2e80-\uffef]`;

/** What opens an address. */
export const URL_OPENING = raw`https?:\/\/(?=${URL_CHARACTER})`;
