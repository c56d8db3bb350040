/** Whether a text is a page of a proxy or of n8n's editor, and no answer. */
export const isPage = (text: string): boolean => /^(<!doctype|<html|<head|<body|<\?xml)/i.test(text);
