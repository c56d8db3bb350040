import type { APIAttachment } from 'discord.js';

/** A file that came with what the bot said. */
export class TestFile {
  readonly name: string;
  readonly type: string | undefined;
  /** In bytes. */
  readonly size: number;
  readonly #url: string;

  constructor({ filename, content_type, size, url }: APIAttachment) {
    this.name = filename;
    this.type = content_type;
    this.size = size;
    this.#url = url;
  }

  async bytes(): Promise<Buffer> {
    return Buffer.from(await (await fetch(this.#url)).arrayBuffer());
  }

  async text(): Promise<string> {
    return (await this.bytes()).toString();
  }
}
