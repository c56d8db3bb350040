import { RESTJSONErrorCodes } from 'discord.js';
import { DiscordError } from './DiscordError.ts';

/** Leads from the body to a field. */
export type Path = readonly (string | number)[];

/** Collects what is wrong with a body and refuses it as a whole: https://discord.com/developers/docs/reference#error-messages */
export class FormErrors {
  readonly #tree: Record<string, unknown> = {};
  readonly #within: Path;

  /** `within` leads to the object whose fields are checked; by default that is the body itself. */
  constructor(within: Path = []) {
    this.#within = within;
  }

  /** A refusal for one reason. */
  static refusal(path: Path, code: string, message: string): DiscordError {
    const errors = new FormErrors();
    errors.add(path, code, message);
    return errors.#refusal();
  }

  /** `path` leads to the field, e.g. `['embeds', 0, 'title']`; an empty one means the body itself. */
  add(path: Path, code: string, message: string): void {
    let node = this.#tree;
    for (const key of [...this.#within, ...path]) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    node._errors = [...((node._errors as unknown[] | undefined) ?? []), { code, message }];
  }

  /** Complains when `length` is above `max`, in Discord's words. */
  checkLength(path: Path, length: number, max: number): void {
    if (length > max) this.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  }

  /** Complains when `length` is not between the two, in Discord's words. */
  checkBetween(path: Path, length: number, min: number, max: number): void {
    if (length >= min && length <= max) return;
    this.add(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  }

  throwIfAny(): void {
    if (Object.keys(this.#tree).length > 0) throw this.#refusal();
  }

  #refusal(): DiscordError {
    const code = RESTJSONErrorCodes.InvalidFormBodyOrContentType;
    return new DiscordError(400, code, 'Invalid Form Body', this.#tree);
  }
}
