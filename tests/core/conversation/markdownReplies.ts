import fc from 'fast-check';

/** Words that mean something only as a whole, each shorter than 60 characters. */
export const atomicWord = fc
  .tuple(
    fc.constantFrom(
      (x: string) => `[text ${x}](https://example.com/${x})`,
      (x: string) => `https://example.com/${x}?q=${x}`,
      (x: string) => `\`code ${x} code\``,
      () => '<@123456789012345678>',
      () => '<t:1700000000:R>',
      () => '<:name:123456789012345678>',
      () => '👨‍👩‍👧‍👦',
    ),
    fc.stringMatching(/^[a-z]{1,12}$/),
  )
  .map(([write, x]) => write(x));

const word = fc.oneof({ weight: 5, arbitrary: fc.stringMatching(/^[a-zäöü]{1,12}[.,]?$/) }, atomicWord);
const line = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' '));
const paragraph = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
const list = fc.array(line, { minLength: 1, maxLength: 6 }).map((items) => items.map((item) => `- ${item}`).join('\n'));
const codeLine = fc.stringMatching(/^[ ]{0,6}[a-z(){};= ]{0,70}[a-z;]$/);

/** A fenced code block, with three to five backticks, with or without a language, indented or not. */
export const codeBlock = fc
  .record({
    indent: fc.constantFrom('', '  '),
    ticks: fc.constantFrom('```', '````', '`````'),
    info: fc.constantFrom('', 'js', 'python', 'c++'),
    lines: fc.array(fc.oneof({ weight: 4, arbitrary: codeLine }, fc.constant('')), { minLength: 1, maxLength: 20 }),
  })
  .filter(({ lines }) => lines.some((text) => text !== ''))
  .map(({ indent, ticks, info, lines }) => [indent + ticks + info, ...lines, indent + ticks].join('\n'));

/** A reply as a model writes it: paragraphs, lists and code blocks. */
export const markdownReply = fc
  .array(fc.oneof(paragraph, list, codeBlock), { minLength: 1, maxLength: 8 })
  .map((blocks) => blocks.join('\n\n'));

const FENCE = /^\s*(`{3,})[^`]*$/;

/** A generated text without its fence lines. */
export function outsideFences(text: string): string {
  return text
    .split('\n')
    .filter((textLine) => !FENCE.test(textLine))
    .join('\n');
}

/** The backticks that open a code block which the generated text does not close. */
export function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const textLine of text.split('\n')) {
    const ticks = FENCE.exec(textLine)?.[1];
    if (ticks && open === undefined) open = ticks;
    else if (ticks === open) open = undefined;
  }
  return open;
}
