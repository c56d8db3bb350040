/** How grave it is: only what is `broken` keeps the bot from doing its work. */
export type Mark = 'ok' | 'skipped' | 'warning' | 'broken';

/** One line of the report; never with a secret in it. */
export interface Finding {
  readonly mark: Mark;
  /** What was looked at, in a word or two. */
  readonly what: string;
  readonly finding: string;
  /** What to do about it, where something is wrong. */
  readonly cure?: string;
}

export const ok = (what: string, finding: string): Finding => ({ mark: 'ok', what, finding });
export const skipped = (what: string, finding: string): Finding => ({ mark: 'skipped', what, finding });
export const warning = (what: string, finding: string, cure: string): Finding => ({
  mark: 'warning',
  what,
  finding,
  cure,
});
export const broken = (what: string, finding: string, cure: string): Finding => ({
  mark: 'broken',
  what,
  finding,
  cure,
});
