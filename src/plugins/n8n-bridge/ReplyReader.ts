import type { Draft } from '#core';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { GrowingBytes } from './GrowingBytes.ts';
import { isPage } from './isPage.ts';
import { refuseStart, toReply } from './parseReply.ts';
import { readJson } from './readJson.ts';
import { toStreamEvent } from './StreamEvent.ts';
import { StreamedReply } from './StreamedReply.ts';
import { WorkflowError } from './WorkflowError.ts';

/** An answer that says that the answer comes later. */
export type Acceptance = 'accepted';

/** The events that tell a stream from an answer that happens to have a `type`. */
const known: ReadonlySet<string> = new Set(['begin', 'item', 'end', 'error', 'keepalive']);

/** What n8n says where a webhook responds "Immediately". */
const started = /^\s*\{\s*"message"\s*:\s*"Workflow was started"\s*\}\s*$/;

/** Characters after which no more is drafted: people see the first 10,000 of a draft. */
const longestDraft = 20_000;

/** Bytes of a text whose start is looked at. */
const longestStart = 1_000;

const lineFeed = 0x0a;

/**
 * Reads the body of an answer while it arrives: n8n's stream, which has an event in each line, or anything else, which
 * is kept to be read whole. A stream is drafted as far as it has come.
 */
export class ReplyReader {
  readonly #draft: Draft;
  /** All of what may not be a stream; of a stream, the line that has not ended. */
  readonly #body = new GrowingBytes();
  /** Where the line begins that has not ended. */
  #line = 0;
  #stream: StreamedReply | undefined;
  #isWhole = false;
  #drafted = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Bytes that are kept. */
  get held(): number {
    return this.#body.length + (this.#stream?.held ?? 0);
  }

  /** Takes what comes next. @throws WorkflowError html, unreadable, too large */
  take(piece: Uint8Array): void {
    const start = this.#body.length;
    this.#body.add(piece);
    if (!this.#isWhole) this.#readLines(start);
    if (this.#stream) this.#showDraft(this.#stream);
  }

  /** What the body says, now that it has ended. @throws WorkflowError */
  finish(): WorkflowReply | Acceptance {
    const isOneLine = this.#line === 0;
    // The last line may lack its end.
    const lastLine = this.#isWhole ? undefined : this.#readLine(this.#body.length, 'cut');
    if (this.#stream) return this.#stream.finish();
    const value = isOneLine ? lastLine : readJson(this.#body.subarray(0));
    const start = this.#body.toString(0, longestStart).trim();
    if (started.test(start)) return 'accepted';
    // Before what is large becomes a text.
    if (value === undefined) refuseStart(start);
    return toReply(value, () => this.#body.toString());
  }

  /** Forgets all of it, and takes nothing more. */
  release(): void {
    this.#body.release();
    this.#stream?.release();
  }

  #readLines(searchFrom: number): void {
    let end = this.#body.indexOf(lineFeed, searchFrom);
    while (end >= 0 && !this.#isWhole) {
      this.#readLine(end, 'unreadable');
      this.#line = end + 1;
      end = this.#body.indexOf(lineFeed, this.#line);
    }
    if (!this.#stream) return;
    this.#body.drop(this.#line);
    this.#line = 0;
  }

  /** Takes the line that ends there, and returns its JSON. */
  #readLine(end: number, faultOfHalf: 'cut' | 'unreadable'): unknown {
    const line = this.#body.subarray(this.#line, end);
    if (line.every(isSpace)) return undefined;
    const value = readJson(line);
    const event = toStreamEvent(value);
    if (event && known.has(event.type)) this.#stream ??= new StreamedReply();
    if (!this.#stream) this.#isWhole = !event;
    else if (event) this.#stream.take(event);
    else throw notAnEvent(line.toString('utf8', 0, longestStart).trim(), faultOfHalf);
    return value;
  }

  #showDraft(stream: StreamedReply): void {
    if (this.#drafted >= longestDraft) return;
    const text = stream.soFar;
    if (text.length === this.#drafted) return;
    this.#drafted = text.length;
    if (text !== '') this.#draft(text);
  }
}

const isSpace = (byte: number): boolean => byte <= 0x20;

function notAnEvent(line: string, faultOfHalf: 'cut' | 'unreadable'): WorkflowError {
  if (isPage(line)) return new WorkflowError('html');
  return line.startsWith('{') ? new WorkflowError(faultOfHalf, { status: 200 }) : new WorkflowError('unreadable');
}
