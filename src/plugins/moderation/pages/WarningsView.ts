/** Which warnings somebody looks at. */
export interface WarningsView {
  /** The Discord id of who asked, and may turn the pages. */
  readonly asker: string;
  /** Whose warnings, by Discord id; undefined: everyone's. */
  readonly whom: string | undefined;
  /** Expired and revoked ones too; only of one person. */
  readonly isWhole: boolean;
  /** Counted from 0. */
  readonly page: number;
}

/** A view as a button carries it, so that the button works on any instance and after a restart; at most 100 characters. */
export const toCustomId = ({ asker, whom, isWhole, page }: WarningsView): string =>
  ['warnings', asker, whom ?? 'everyone', isWhole ? 'all' : 'active', page].join(':');

/** The view that a button carries; undefined for every other button. */
export function fromCustomId(customId: string): WarningsView | undefined {
  const [, asker, whom, scope, page] =
    /^warnings:(\d{1,20}):(\d{1,20}|everyone):(all|active):(\d{1,9})$/.exec(customId) ?? [];
  if (asker === undefined) return undefined;
  return { asker, whom: whom === 'everyone' ? undefined : whom, isWhole: scope === 'all', page: Number(page) };
}
