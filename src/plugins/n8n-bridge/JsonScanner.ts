export const quote = 0x22;

const backslash = 0x5c;
const words = ['true', 'false', 'null'];
const escaped: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

/** Goes through bytes that may be JSON: https://www.rfc-editor.org/rfc/rfc8259. @throws SyntaxError where they are not */
export class JsonScanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The byte that comes next; undefined at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** Goes behind a byte, and the space that follows it, if it is the next one; says whether it was. */
  take(byte: number | undefined): boolean {
    if (this.next !== byte) return false;
    this.#at += 1;
    this.skipSpace();
    return true;
  }

  /** @throws SyntaxError if another byte is the next one */
  expect(byte: number): void {
    if (!this.take(byte)) throw notJson();
  }

  skipSpace(): void {
    while (isSpace(this.next)) this.#at += 1;
  }

  /** Goes behind all that `String.prototype.trim` would take off, a byte order mark too. */
  skipBlanks(): void {
    this.skipSpace();
    const start = this.#at;
    while (this.next !== undefined && !isPrintable(this.next)) this.#at += 1;
    if (this.#bytes.toString('utf8', start, this.#at).trim() !== '') throw notJson();
  }

  /** Goes behind a number or word, and the space that follows it: what it is, if that is wanted. */
  takeWord(isWanted: boolean): unknown {
    const start = this.#at;
    this.#passWord();
    const value = isWanted ? JSON.parse(this.#bytes.toString('latin1', start, this.#at)) : undefined;
    this.skipSpace();
    return value;
  }

  /** Goes behind a text and the space that follows it: what it is, unless it takes more bytes. */
  takeText(mostBytes: number): string | undefined {
    const start = this.#at;
    const isEscaped = this.#passText();
    const end = this.#at;
    this.skipSpace();
    if (end - start > mostBytes) return undefined;
    // What has no escapes need not be copied by the parser.
    if (isEscaped) return JSON.parse(this.#bytes.toString('utf8', start, end));
    return this.#bytes.toString('utf8', start + 1, end - 1);
  }

  /** Says whether something in it is escaped. */
  #passText(): boolean {
    if (this.next !== quote) throw notJson();
    let isEscaped = false;
    let at = this.#at + 1;
    for (let byte = this.#bytes[at]; byte !== quote; byte = this.#bytes[at]) {
      if (byte === undefined || byte < 0x20) throw notJson();
      at += 1;
      if (byte !== backslash) continue;
      isEscaped = true;
      at += this.#lengthOfEscape(at);
    }
    this.#at = at + 1;
    return isEscaped;
  }

  #lengthOfEscape(at: number): number {
    if (escaped.has(this.#bytes[at])) return 1;
    if (/^u[\da-fA-F]{4}$/.test(this.#bytes.toString('latin1', at, at + 5))) return 5;
    throw notJson();
  }

  #passWord(): void {
    for (const word of words) {
      if (this.next !== word.charCodeAt(0)) continue;
      if (this.#bytes.toString('latin1', this.#at, this.#at + word.length) !== word) throw notJson();
      this.#at += word.length;
      return;
    }
    this.#passNumber();
  }

  #passNumber(): void {
    this.#pass('-');
    if (!this.#pass('0')) this.#passDigits();
    if (this.#pass('.')) this.#passDigits();
    if (!this.#pass('eE')) return;
    this.#pass('+-');
    this.#passDigits();
  }

  #passDigits(): void {
    if (!this.#pass('0123456789')) throw notJson();
    while (this.#pass('0123456789'));
  }

  /** Goes behind one of these letters, if it is the next; says whether it was. */
  #pass(letters: string): boolean {
    if (this.next === undefined || !letters.includes(String.fromCharCode(this.next))) return false;
    this.#at += 1;
    return true;
  }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const isPrintable = (byte: number): boolean => byte > 0x20 && byte < 0x7f;

export const notJson = (): SyntaxError => new SyntaxError('This is no JSON.');
