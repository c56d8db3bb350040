import type { Finding, Mark } from './Finding.ts';

const signs: Readonly<Record<Mark, string>> = { ok: '✓', skipped: '–', warning: '!', broken: '✗' };
const column = 19;
const width = 100;

/** A finding as lines for a terminal, the cure below what it cures. */
export function toText({ mark, what, finding, cure }: Finding): string {
  const head = `${signs[mark]} ${what.padEnd(column - 2)}`;
  const lines = [...hang(head, finding), ...(cure === undefined ? [] : hang(`${' '.repeat(column - 2)}→ `, cure))];
  return lines.join('\n');
}

/** The last line: what it comes to. */
export function toSummary(findings: readonly Finding[]): string {
  const count = (mark: Mark): number => findings.filter((finding) => finding.mark === mark).length;
  const [faults, warnings] = [count('broken'), count('warning')];
  const said = [faults && `${faults} broken`, warnings && `${warnings} to be looked at`].filter(Boolean);
  return said.length === 0 ? 'All is well.' : `${said.join(', ')}.`;
}

function hang(head: string, text: string): string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    if (line.trimEnd().length > column && line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = ' '.repeat(column);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
