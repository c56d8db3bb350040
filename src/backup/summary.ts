import type { Summary } from './format.ts';

/** What a backup holds, in words. */
export function describeSummary({ tables, rows, entries, letters }: Summary): string {
  const count = (n: number, one: string, many: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
  return [
    `${count(tables, 'table', 'tables')} with ${count(rows, 'row', 'rows')}`,
    count(entries, 'journal entry', 'journal entries'),
    count(letters, 'dead letter', 'dead letters'),
  ].join(', ');
}
