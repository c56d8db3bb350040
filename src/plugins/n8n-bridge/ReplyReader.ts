import type { Draft } from '#core';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { GrowingText } from './GrowingText.ts';
import { isPage } from './isPage.ts';
import { parseReply } from './parseReply.ts';
import { toStreamEvent } from './StreamEvent.ts';
import { StreamedReply } from './StreamedReply.ts';
import { WorkflowError } from './WorkflowError.ts';

/** An answer that says that the answer comes later. */
export type Acceptance = 'accepted';

/** The events that tell a stream from an answer that happens to have a `type`. */
const known: ReadonlySet<string> = new Set(['begin', 'item', 'end', 'error', 'keepalive']);

/** What n8n says where a webhook responds "Immediately". */
const started = /^\s*\{\s*"message"\s*:\s*"Workflow was started"\s*\}\s*$/;

/**
 * Reads the body of an answer while it arrives: n8n's stream, which has an event in each line, or anything else, which
 * is kept to be read whole. A stream is drafted as far as it has come.
 */
export class ReplyReader {
  readonly #draft: Draft;
  /** Whole lines of what may not be a stream. */
  readonly #body = new GrowingText();
  /** The line that has not ended. */
  readonly #line = new GrowingText();
  readonly #stream = new StreamedReply();
  #kind: 'unknown' | 'stream' | 'whole' = 'unknown';
  #drafted = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Characters that are kept. */
  get held(): number {
    return this.#body.length + this.#line.length + this.#stream.held;
  }

  /** Takes what comes next. @throws WorkflowError html, unreadable */
  take(text: string): void {
    const lines = this.#kind === 'whole' ? [] : text.split('\n');
    const rest = lines.pop() ?? text;
    for (const line of lines) {
      this.#line.add(line);
      this.#endLine();
    }
    this.#line.add(rest);
    this.#showDraft();
  }

  /** What the body says, now that it has ended. @throws WorkflowError */
  finish(): WorkflowReply | Acceptance {
    // The last line may lack its end.
    if (this.#kind !== 'whole') this.#endLine('cut');
    if (this.#kind === 'stream') return this.#stream.finish();
    const body = this.#body.take() + this.#line.take();
    return started.test(body) ? 'accepted' : parseReply(body);
  }

  #endLine(faultOfHalf: 'cut' | 'unreadable' = 'unreadable'): void {
    if (this.#kind === 'whole') {
      this.#line.add('\n');
      return;
    }
    const written = this.#line.take();
    const line = written.trim();
    const event = line === '' ? undefined : toStreamEvent(line);
    if (event && known.has(event.type)) this.#kind = 'stream';
    if (this.#kind === 'unknown') {
      this.#body.add(`${written}\n`);
      if (line !== '' && !event) this.#kind = 'whole';
    } else if (event) this.#stream.take(event);
    else if (line !== '') throw notAnEvent(line, faultOfHalf);
  }

  #showDraft(): void {
    const text = this.#stream.soFar;
    if (text.length === this.#drafted) return;
    this.#drafted = text.length;
    if (text !== '') this.#draft(text);
  }
}

function notAnEvent(line: string, faultOfHalf: 'cut' | 'unreadable'): WorkflowError {
  if (isPage(line)) return new WorkflowError('html');
  return line.startsWith('{') ? new WorkflowError(faultOfHalf, { status: 200 }) : new WorkflowError('unreadable');
}
