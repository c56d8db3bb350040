import { createHash } from 'node:crypto';

const [zero, one] = ['\u200b', '\u200c'];
const shape = new RegExp(`[${zero}${one}]{16}$`);

/**
 * Ends every draft, unseen, and tells which instance writes it: for its own one it need not wait after a restart, and
 * with another one's it never takes the same words for its own.
 */
export class DraftMark {
  readonly #mark: string;

  /** `instance` names the bot among those that share the database, over restarts. */
  constructor(instance: string) {
    const bits = createHash('sha256').update(instance).digest().readUInt16BE().toString(2).padStart(16, '0');
    this.#mark = bits.replaceAll('0', zero).replaceAll('1', one);
  }

  /** The text with the mark, unless it has no room in a message. */
  on(text: string): string {
    return text.length + this.#mark.length > 2_000 ? text : text + this.#mark;
  }

  /** Whether this instance wrote a draft, whose messages these are; undefined when they do not tell. */
  isOn(draft: readonly { readonly content: string }[]): boolean | undefined {
    const [mark] = draft.flatMap(({ content }) => shape.exec(content)?.[0] ?? []);
    return mark === undefined ? undefined : mark === this.#mark;
  }

  /** The text without anybody's mark. */
  static off(text: string): string {
    return text.replace(shape, '');
  }
}
