/** What somebody else called an action, as a log may show it: 40 plain characters at most; undefined where it is no text. */
export function plainType(action: unknown): string | undefined {
  const type = typeof action === 'object' && action !== null ? (action as { type?: unknown }).type : undefined;
  if (typeof type !== 'string') return undefined;
  // A copy: a part of a text keeps all of it in memory.
  return Array.from(type.slice(0, 40), (letter) => (/[\x20-\x7e]/.test(letter) ? letter : '?')).join('');
}
