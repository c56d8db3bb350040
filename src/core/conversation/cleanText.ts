/**
 * Makes a text storable in PostgreSQL: NUL characters go, lone surrogates become U+FFFD.
 * @see https://www.postgresql.org/docs/current/datatype-character.html
 */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
