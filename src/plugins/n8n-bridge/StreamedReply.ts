import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { GrowingText } from './GrowingText.ts';
import { firstObject } from './isObject.ts';
import { parseReply, toReply, toTokens } from './parseReply.ts';
import { readJson } from './readJson.ts';
import type { StreamEvent } from './StreamEvent.ts';
import { StreamSection } from './StreamSection.ts';
import { WorkflowError } from './WorkflowError.ts';

/** Runs of nodes that may write at the same time; n8n makes one after the other, or a few. */
const mostAtATime = 32;

/**
 * The answer that the events of n8n's stream make together: the texts of all runs in the order of their beginning,
 * with a blank line between them; or what a "Respond to Webhook" node says in JSON, which is the answer alone.
 */
export class StreamedReply {
  /** What has been written by all that has ended, up to the first that has not. */
  readonly #written = new GrowingText();
  /** In the order of their beginning. */
  readonly #sections = new Map<string, StreamSection>();
  readonly #queue: StreamSection[] = [];
  /** The JSON of a Respond node. */
  #answer: StreamSection | undefined;
  #fault: WorkflowError | undefined;
  #tokens: number | undefined;
  /** Whether a node has failed, and nobody has said anything since. */
  #hasFailed = false;

  /** Bytes that are kept. */
  get held(): number {
    return this.#queue.reduce((sum, { held }) => sum + held, this.#written.held + (this.#answer?.held ?? 0));
  }

  /** What can be shown of it by now; empty where nothing can. */
  get soFar(): string {
    if (this.#answer !== undefined) return '';
    return this.#queue
      .filter((section) => !section.isBlank && !section.mayBeJson)
      .reduce((text, section) => join(text, section.toString()), this.#written.toString());
  }

  /** @throws WorkflowError unreadable */
  take({ type, content, run, source, tokens }: StreamEvent): void {
    if (type === 'begin') this.#begin(source);
    else if (type === 'item') (this.#sections.get(source) ?? this.#begin(source)).add(content);
    else if (type === 'end') this.#end(source, tokens);
    else if (type === 'error') this.#fail(run);
  }

  /** The answer, when nothing more comes. @throws WorkflowError failed, cut, empty, unreadable */
  finish(): WorkflowReply {
    if (this.#hasFailed) throw new WorkflowError('failed');
    if (this.#answer !== undefined) return parseReply(this.#answer.toBytes());
    // n8n has answered, so the connection is not to blame.
    if (this.#sections.size > 0) throw new WorkflowError('cut', { status: 200 });
    if (this.#written.length === 0) throw this.#fault ?? new WorkflowError('empty');
    return { text: this.#written.toString(), tokens: this.#tokens };
  }

  /** Forgets all of it, and takes nothing more. */
  release(): void {
    for (const text of [this.#written, this.#answer, ...this.#queue]) text?.release();
  }

  #begin(source: string): StreamSection {
    // A node that begins again without having ended is tried anew: n8n's "Retry On Fail".
    const abandoned = this.#sections.get(source);
    if (abandoned) this.#drop(abandoned);
    if (this.#queue.length >= mostAtATime) throw new WorkflowError('unreadable');
    const section = new StreamSection();
    this.#sections.set(source, section);
    this.#queue.push(section);
    return section;
  }

  #end(source: string, tokens: unknown): void {
    const section = this.#sections.get(source);
    this.#sections.delete(source);
    section?.end();
    if (section && !section.isBlank) this.#hasFailed = false;
    if (section?.mayBeJson && this.#readAnswer(section)) this.#drop(section);
    while (this.#queue[0]?.hasEnded) this.#write(this.#queue.shift() as StreamSection);
    const used = toTokens(tokens);
    if (used !== undefined) this.#tokens = toTokens((this.#tokens ?? 0) + used) ?? this.#tokens;
  }

  // n8n says so too of a node that may fail ("On Error": "Continue"); then others go on.
  #fail(run: string): void {
    this.#hasFailed = true;
    for (const [source, section] of this.#sections) {
      if (!source.startsWith(`${run}/`)) continue;
      this.#sections.delete(source);
      this.#drop(section);
    }
  }

  #drop(section: StreamSection): void {
    this.#queue.splice(this.#queue.indexOf(section), 1);
    if (section !== this.#answer) section.release();
  }

  #write(section: StreamSection): void {
    if (!section.isBlank) {
      if (this.#written.length > 0) this.#written.add('\n\n');
      this.#written.add(section.toString());
    }
    section.release();
  }

  /** Whether it is JSON that nobody is to read as it is; the first that has a text is the answer. */
  #readAnswer(section: StreamSection): boolean {
    const value = readJson(section.toBytes());
    if (!firstObject(value)) return false;
    try {
      // What it holds can take far more memory than its JSON, so it is read again at the end.
      if (this.#answer === undefined && toReply(value, () => section.toString())) this.#answer = section;
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      this.#fault ??= error;
    }
    return true;
  }
}

const join = (text: string, more: string): string => (text === '' ? more : `${text}\n\n${more}`);
