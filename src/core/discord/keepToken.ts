import type { REST } from 'discord.js';

/**
 * Keeps the token for good: discord.js forgets it after a single 401, also after a stray one, and every later request
 * would fail. A token that Discord really revoked ends the session (close code 4004), and with it the process.
 */
export function keepToken(rest: REST): void {
  const setToken = rest.setToken.bind(rest);
  // It is called with null too, whatever its type says.
  rest.setToken = (token: string | null) => (token === null ? rest : setToken(token));
}
