import { cleanText, type Reply } from '#core';
import { excerptOf } from './actions/excerptOf.ts';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { firstObject, isObject } from './isObject.ts';
import { isPage } from './isPage.ts';
import { readJson } from './readJson.ts';
import { WorkflowError } from './WorkflowError.ts';
import { textFields } from './wanted.ts';

/**
 * Finds the answer in the body of a workflow's reply: an object, or the first object of an array, with `output`,
 * `reply`, `response` or `text`, or `data` that holds one of these; or short plain text.
 * @throws WorkflowError empty, html, unreadable
 */
export const parseReply = (body: string | Buffer): WorkflowReply => toReply(readJson(body), () => body.toString());

/** The same of a body whose JSON has been read, undefined where it is none; it is asked for only where it is the answer. */
export function toReply(value: unknown, body: () => string): WorkflowReply {
  // A number or a word that happens to be JSON is plain text too.
  const reply: WorkflowReply =
    typeof value === 'object' ? fromJson(value) : plainText(typeof value === 'string' ? value : body().trim());
  const cleaned = cleanText(reply.text);
  if (cleaned.trim() === '') throw new WorkflowError('empty');
  return { ...reply, text: cleaned };
}

// n8n labels plain text as text/html, so only the text itself tells a page from an answer.
function plainText(text: string): Reply {
  refuseStart(text);
  return { text };
}

/** @throws WorkflowError html, unreadable, where what is no JSON is no plain text either, as its start shows */
export function refuseStart(text: string): void {
  if (isPage(text)) throw new WorkflowError('html');
  // Half an object is a cut answer, not a text.
  if (/^\[?\s*\{\s*"/.test(text)) throw new WorkflowError('unreadable');
}

function fromJson(value: unknown): WorkflowReply {
  const first = firstObject(value);
  if (!first) throw new WorkflowError(Array.isArray(value) && value.length === 0 ? 'empty' : 'unreadable');
  const inner = isObject(first.data) ? first.data : {};
  const text = textOf(first) ?? textOf(inner);
  if (text === undefined) throw new WorkflowError(Object.keys(first).length === 0 ? 'empty' : 'unreadable');
  return { text, tokens: toTokens(first.tokens ?? inner.tokens), actions: excerptOf(first.actions ?? inner.actions) };
}

function textOf(object: Readonly<Record<string, unknown>>): string | undefined {
  for (const field of textFields) {
    const text = object[field];
    if (typeof text === 'string') return text;
  }
  return undefined;
}

/** How many tokens were used, where it is a count that fits the column that keeps it. */
export const toTokens = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647 ? value : undefined;
