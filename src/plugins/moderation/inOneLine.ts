/** A text as a part of a line of Markdown: no line breaks, and nothing that hides or swallows what follows it. */
export const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().replace(/[`|]/g, '\\$&');
