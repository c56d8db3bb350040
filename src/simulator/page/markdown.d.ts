/** What a paragraph is made of; `text` of a time or a mention is how it was written. */
export type Inline =
  | { type: 'text' | 'code'; text: string }
  | { type: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] }
  | { type: 'time'; unix: number; style: string; text: string }
  | { type: 'mention'; id: string; text: string };

/** What a message is made of; a list's items are flat and carry their depth and their marker (`-` or `3.`). */
export type Block =
  | { type: 'paragraph' | 'small'; children: Inline[] }
  | { type: 'heading'; level: number; children: Inline[] }
  | { type: 'quote'; children: Block[] }
  | { type: 'codeBlock'; language: string; text: string }
  | { type: 'list'; items: { type: 'item'; depth: number; marker: string; children: Inline[] }[] };

export function parseMarkdown(text: string): Block[];
