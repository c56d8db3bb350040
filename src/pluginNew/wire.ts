import { describeOwner } from '../envExample.ts';
import { asRenamed } from './asRenamed.ts';
import type { Names } from './Names.ts';
import { Refusal } from './Refusal.ts';
import { rename } from './rename.ts';

/** The files outside of a plugin that name it, and what each looks like with it. */
export const wiring: Readonly<Record<string, (text: string, names: Names) => string>> = {
  'sapphire.config.ts': (text, { kebab, camel }) => {
    const imported = `import { ${camel} } from './src/plugins/${kebab}/plugin.ts';\n`;
    const start = after(text, 'plugins: [', 'sapphire.config.ts');
    const end = closing(text, start);
    const listed = text.slice(start, end).trimEnd().replace(/,$/, '');
    const separator = listed === '' ? '' : ', ';
    return `${imported}${text.slice(0, start)}${listed}${separator}${camel}()${text.slice(end)}`;
  },
  'README.md': (text, names) => {
    const [before, table, behind] = text.split(/(?<=<!-- commands -->\n)|(?=<!-- \/commands -->)/);
    const [head, rule, ...rows] = (table ?? '').trimEnd().split('\n');
    if (before === undefined || behind === undefined || rule === undefined)
      throw lost('README.md', '<!-- commands -->');
    const all = [...rows, ...commandRows.map((row) => rename(row, names))].toSorted(byCommand);
    return `${before}${[head, rule, ...all].join('\n')}\n${behind}`;
  },
  '.env.example': (text, names) => `${text}\n${describeOwner(`Plugin ${names.kebab}`, asRenamed(names).env)}\n`,
  'tests/e2e/everyCommand.test.ts': (text, names) => {
    const start = text.indexOf('\n', after(text, 'const commands: ', 'tests/e2e/everyCommand.test.ts'));
    const end = text.indexOf('\n};\n', start);
    if (end < 0) throw lost('tests/e2e/everyCommand.test.ts', '};');
    return `${text.slice(0, end)}\n${commandTrials.map((trial) => rename(trial, names)).join('\n')}${text.slice(end)}`;
  },
};

const commandRows = [
  '| `!wishlist [remove <number>]` | Shows your list “wish list”, or takes an entry off it. |',
  '| `!wishlistadd <text>` | Puts an entry on your list “wish list”. |',
];

const commandTrials = [
  "  wishlist: { answer: /^(There is nothing on your list|1\\. )/, from: 'user' },",
  "  wishlistadd: { arguments: 'something', answer: /^That is number \\d+ on your list/, from: 'user' },",
];

// As the commands are sorted, whatever follows their names.
const byCommand = (a: string, b: string): number => (nameIn(a) < nameIn(b) ? -1 : 1);
const nameIn = (row: string): string => /!(\w+)/.exec(row)?.[1] ?? '';

function after(text: string, sought: string, file: string): number {
  const index = text.indexOf(sought);
  if (index < 0) throw lost(file, sought);
  return index + sought.length;
}

// Where the bracket ends that is open at an index.
function closing(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === '[') depth += 1;
    if (text[index] === ']') depth -= 1;
    if (depth === 0) return index;
  }
  throw lost('sapphire.config.ts', ']');
}

const lost = (file: string, sought: string): Refusal =>
  new Refusal(`There is no "${sought}" in ${file}, where the plugin has to be named. Put it back as it was.`);
