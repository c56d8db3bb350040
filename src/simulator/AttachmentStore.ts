import type { APIAttachment } from 'discord.js';
import type { Snowflakes } from './Snowflakes.ts';

/** A file as a person or the bot attaches it. */
export interface AttachedFile {
  filename: string;
  content: string | Uint8Array;
  contentType?: string | undefined;
  description?: string | undefined;
}

interface StoredFile {
  bytes: Buffer;
  contentType: string;
}

/** Keeps the bytes behind the attachments' addresses; above `capacityBytes` the oldest files are forgotten. */
export class AttachmentStore {
  /** Where the files are served, `http://127.0.0.1:PORT`; known once the server listens. */
  origin = '';
  readonly #snowflakes: Snowflakes;
  readonly #files = new Map<string, StoredFile>();
  readonly #capacityBytes: number;
  #bytes = 0;

  constructor(snowflakes: Snowflakes, capacityBytes = 128 * 1024 * 1024) {
    this.#snowflakes = snowflakes;
    this.#capacityBytes = capacityBytes;
  }

  add(channelId: string, file: AttachedFile): APIAttachment {
    const id = this.#snowflakes.next();
    const bytes = Buffer.from(file.content);
    const contentType = file.contentType || 'application/octet-stream';
    this.#files.set(id, { bytes, contentType });
    this.#bytes += bytes.length;
    this.#forgetOldest();
    const url = `${this.origin}/attachments/${channelId}/${id}/${encodeURIComponent(file.filename.toWellFormed())}`;
    return {
      id,
      filename: file.filename,
      content_type: contentType,
      size: bytes.length,
      url,
      proxy_url: url,
      ...(file.description === undefined ? {} : { description: file.description }),
    };
  }

  get(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  #forgetOldest(): void {
    for (const [id, file] of this.#files) {
      if (this.#bytes <= this.#capacityBytes) return;
      this.#files.delete(id);
      this.#bytes -= file.bytes.length;
    }
  }
}
