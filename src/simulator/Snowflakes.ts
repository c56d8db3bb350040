/** The first millisecond of Discord's ids: https://discord.com/developers/docs/reference#snowflakes */
const DISCORD_EPOCH_MS = 1_420_070_400_000;

/** Hands out ids as Discord does: strictly increasing, each carrying the millisecond in which it was made. */
export class Snowflakes {
  #last = 0n;

  next(): string {
    const now = BigInt(Date.now() - DISCORD_EPOCH_MS) << 22n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return String(this.#last);
  }
}

/** The time an id was made, in milliseconds since 1970. */
export function timeOfSnowflake(id: string): number {
  return Number(BigInt(id) >> 22n) + DISCORD_EPOCH_MS;
}

/** Orders ids from the oldest to the newest, for `sort` and for comparisons. */
export function compareSnowflakes(a: string, b: string): number {
  if (a === b) return 0;
  return a.length - b.length || (a < b ? -1 : 1);
}
