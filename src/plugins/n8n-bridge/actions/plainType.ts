/** What somebody else called an action, as a log may show it: 40 plain characters at most; undefined where it is no text. */
export function plainType(action: unknown): string | undefined {
  const type = typeof action === 'object' && action !== null ? (action as { type?: unknown }).type : undefined;
  return typeof type === 'string' ? type.slice(0, 40).replace(/[^\x20-\x7e]/g, '?') : undefined;
}
