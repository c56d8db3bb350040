/** Replaces secrets wherever they appear in a JSON value, in names of fields too. */
export function hideSecrets(secrets: readonly string[]): <Value>(value: Value) => Value {
  // The longest first: one secret may be the beginning of another.
  const sorted = secrets.toSorted((a, b) => b.length - a.length);
  const hide = (text: string): string => sorted.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return <Value>(value: Value) => mapTexts(value, hide) as Value;
}

/** The same JSON value with other texts. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((element) => mapTexts(element, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [map(name), mapTexts(field, map)]));
}
