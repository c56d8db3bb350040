/** Whether it is `{…}` in JSON. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object itself, or the first object of an array: n8n gives both. */
export function firstObject(value: unknown): Record<string, unknown> | undefined {
  const first = Array.isArray(value) ? value.find(isObject) : value;
  return isObject(first) ? first : undefined;
}
