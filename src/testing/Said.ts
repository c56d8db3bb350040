import { type APIEmbed, type APIMessage, ComponentType } from 'discord.js';
import { TestFile } from './TestFile.ts';

/** How it came that the bot said something. */
export interface Occasion {
  /** What the person did, in words: `ada said "!hello"`. */
  readonly what: string;
  /** The person's own message, if it was one. */
  readonly message: APIMessage | undefined;
  /** A UserError's identifier, if the bot refused. */
  readonly refusal: string | undefined;
  readonly showedTyping: boolean;
  readonly press: (message: APIMessage, button: string) => Promise<Said>;
}

/** What a person said or did, and all that the bot said to it, as it stands in the channel when the bot is done. */
export class Said {
  /** What the person did, in words. */
  readonly what: string;
  /** The person's message on Discord; undefined where a button was pressed, or where the bot spoke first. */
  readonly message: APIMessage | undefined;
  /** The bot's messages as Discord has them, oldest first; drafts and edits count as what became of them. */
  readonly messages: readonly APIMessage[];
  /** The identifier of the `UserError` by which it was refused. */
  readonly refusal: string | undefined;
  readonly showedTyping: boolean;
  readonly #press: Occasion['press'];

  constructor({ press, ...occasion }: Occasion, messages: readonly APIMessage[]) {
    this.what = occasion.what;
    this.message = occasion.message;
    this.refusal = occasion.refusal;
    this.showedTyping = occasion.showedTyping;
    this.messages = messages;
    this.#press = press;
  }

  /** All that the bot said in one text, its parts joined by line breaks; empty where it kept silent. */
  get reply(): string {
    return this.replies.join('\n');
  }

  /** The text of each of the bot's messages. */
  get replies(): readonly string[] {
    return this.messages.map(({ content }) => content);
  }

  get files(): readonly TestFile[] {
    return this.messages.flatMap(({ attachments }) => attachments.map((file) => new TestFile(file)));
  }

  get embeds(): readonly APIEmbed[] {
    return this.messages.flatMap(({ embeds }) => embeds);
  }

  /** The labels, or else the emoji or the ids, of all buttons that can be pressed. */
  get buttons(): readonly string[] {
    return this.messages.flatMap(buttonsOf).map(({ name }) => name);
  }

  /**
   * The person presses one of the buttons, named by label, emoji or id; resolves when the bot is done with that.
   * @throws NotPressableError
   */
  presses(button: string): Promise<Said> {
    const [last] = this.messages.slice(-1);
    const message = this.messages.find((one) => buttonsOf(one).some(({ names }) => names.includes(button))) ?? last;
    if (!message) throw new Error(`There is nothing to press: ${this.what}, and the bot kept silent.`);
    return this.#press(message, button);
  }
}

function buttonsOf({ components = [] }: APIMessage): { name: string; names: readonly string[] }[] {
  return components
    .flatMap((row) => (row.type === ComponentType.ActionRow ? row.components : []))
    .filter((component) => component.type === ComponentType.Button)
    .flatMap((button) => {
      if (!('custom_id' in button) || button.disabled) return [];
      const names = [button.label, button.emoji?.name ?? undefined, button.custom_id].filter(
        (name) => name !== undefined,
      );
      return [{ name: names[0] ?? '', names }];
    });
}
