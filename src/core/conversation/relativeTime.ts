/**
 * A moment as Discord shows it in the reader's own words ("in 5 seconds"), rounded up: who waits for it is not too early.
 * https://discord.com/developers/docs/reference#message-formatting
 */
export const relativeTime = (at: Date): string => `<t:${Math.ceil(at.getTime() / 1_000)}:R>`;
