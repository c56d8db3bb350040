const pieces: Readonly<Record<string, string>> = {
  prose: 'The quick brown fox jumps over the lazy dog. It does so again, and nobody minds.\n\n',
  'one word': 'x',
  'a url for ever': 'https://a](',
  backticks: '`',
  'single backticks': '` ',
  'unclosed code': '`aa\n\n',
  escapes: '\\`',
  fences: '```',
  'fenced code': '```js\nlet a = 1;\n```\n',
  'short fences': '```a',
  'alternating fences': '```\na\n````\nb\n```\nc\n````\n',
  newlines: '\n',
  lines: 'a\n',
  'list items': '- a\n',
  'list markers': '- ',
  'non-breaking spaces': 'a\u00a0',
  families: '👨‍👩‍👧‍👦',
  'a family for ever': '👨\u200d',
  flags: '🇩🇪',
  'half emoji': '\ud83d',
  'accents on spaces': ' \u0301',
  brackets: '[',
  'brackets in brackets': '[[]',
  'brackets over lines': '[a\n',
  'escaped brackets': '[x\\]',
  stars: '*',
  mentions: '<@',
  dots: '.',
  sentences: 'A. ',
  markdown: '> - **a [b `c` d](https://e.f/g_(h)) _i_ ||j||** <@1> ```k``` ',
};

/** Texts of so many characters that are hard to split, by what they are made of. */
export function hostileReplies(length: number): Record<string, string> {
  const fill = (piece: string): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  const texts = Object.entries(pieces).map(([kind, piece]) => [kind, fill(piece)]);
  return {
    ...Object.fromEntries(texts),
    'fences behind spaces': ' '.repeat(length / 2) + fill('```a```  ').slice(0, length / 2),
    'one backtick': `\`${fill('a ')}`,
    'one bracket': `[${fill('[b]')}`,
    'one url': `https://${fill('a')}`,
  };
}
