import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KernelError } from '../core/errors.ts';
import { type BackupRecord, backupRecord, formatNumber, type Header } from './format.ts';
import { asText } from './tables.ts';
import { unusableFile } from './unusableFile.ts';

/** A record of a backup, or some rows of the table that began last: lines, not looked into. */
export type Item = BackupRecord | { readonly rows: readonly string[] };

/** Characters of a line at most: no column of ours holds as much. */
const longestLine = 2 ** 27;

/**
 * Reads a backup from its beginning to its end, in bounded memory. Only when it has come to the end is it certain that
 * the file is whole and as it was written.
 * @throws KernelError BackupUnusable where it is not, or is of a newer version
 */
export async function* readBackup(path: string, signal: AbortSignal): AsyncGenerator<Item> {
  const hash = createHash('sha256');
  const damaged = (): KernelError =>
    new KernelError('BackupUnusable', `${path} is damaged: it is not what was written. Take another backup.`);
  let isFirst = true;
  let isEnded = false;
  for await (const lines of linesOf(path, signal)) {
    signal.throwIfAborted();
    for (const group of grouped(lines)) {
      if (isEnded) throw damaged();
      const [line = ''] = group;
      const sha256 = hash.copy().digest('hex');
      hash.update(asText(group));
      if (line.startsWith('[')) {
        yield { rows: group };
        continue;
      }
      const parsed = parse(line);
      if (isFirst) checkHeader(path, parsed);
      isFirst = false;
      const { data: record } = backupRecord.safeParse(parsed);
      if (!record) throw damaged();
      isEnded = 'end' in record;
      if ('end' in record && record.end.sha256 !== sha256) throw damaged();
      yield record;
    }
  }
  if (isFirst) checkHeader(path, undefined);
  if (!isEnded) throw unusableFile(path, 'read', { code: 'Z_BUF_ERROR' });
}

function checkHeader(path: string, record: unknown): void {
  const { steward, format = 0, version } = (record ?? {}) as Partial<Header>;
  if (steward !== 'backup') throw new KernelError('BackupUnusable', `${path} is no backup of Steward's.`);
  if (format > formatNumber)
    throw new KernelError(
      'BackupUnusable',
      `${path} is of a newer Steward (${version}). Restore it with that version.`,
    );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller tells what that means for the file.
    return undefined;
  }
}

/** Rows that follow each other together, everything else alone. */
function* grouped(lines: readonly string[]): Generator<readonly string[]> {
  let start = 0;
  for (let place = 1; place <= lines.length; place += 1) {
    const goesOn = lines[place]?.startsWith('[') && lines[place - 1]?.startsWith('[');
    if (goesOn) continue;
    yield lines.slice(start, place);
    start = place;
  }
}

/** The whole lines of a gzipped file, many at a time. What is behind the last line end makes the file no backup. */
async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<string[]> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // Its error, and the file's, come out of the iteration.
  pipeline(createReadStream(path), gunzip, () => undefined);
  const decoder = new TextDecoder();
  /** The beginning of the line whose end is still to come. */
  let pieces: string[] = [];
  let length = 0;
  try {
    for await (const chunk of gunzip) {
      signal.throwIfAborted();
      const [first = '', ...lines] = decoder.decode(chunk as Buffer, { stream: true }).split('\n');
      pieces.push(first);
      length += first.length;
      if (length > longestLine) throw unusableFile(path, 'read', { code: 'Z_DATA_ERROR' });
      const last = lines.pop();
      if (last === undefined) continue;
      yield [pieces.join(''), ...lines];
      pieces = [last];
      length = last.length;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw unusableFile(path, 'read', error);
  }
  if (length > 0) throw unusableFile(path, 'read', { code: 'Z_BUF_ERROR' });
}
