/**
 * How long Discord takes a text to be: in code points, so that an emoji outside the basic plane counts once.
 * https://github.com/discord/discord-api-docs/issues/1315 (Discord: "the API calculates length based on the number of codepoints")
 */
export function lengthOf(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}
