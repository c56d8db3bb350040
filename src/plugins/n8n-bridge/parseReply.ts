import { cleanText, type Reply } from '#core';
import { WorkflowError } from './WorkflowError.ts';

/** Where n8n workflows put their text, in the order of preference. */
const fields = ['output', 'reply', 'response', 'text'];

/**
 * Finds the answer in the body of a workflow's reply: an object, or the first object of an array, with `output`,
 * `reply`, `response` or `text`, or `data` that holds one of these; or short plain text.
 * @throws WorkflowError empty, html, unreadable
 */
export function parseReply(body: string): Reply {
  const text = body.trim();
  if (text === '') throw new WorkflowError('empty');
  const value = readJson(text);
  // A number or a word that happens to be JSON is plain text too.
  const reply = typeof value === 'object' ? fromJson(value) : plainText(typeof value === 'string' ? value : text);
  const cleaned = cleanText(reply.text);
  if (cleaned.trim() === '') throw new WorkflowError('empty');
  return { ...reply, text: cleaned };
}

/** The value, or undefined where the text is not JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// n8n labels plain text as text/html, so only the text itself tells a page from an answer.
function plainText(text: string): Reply {
  if (/^(<!doctype|<html|<head|<body|<\?xml)/i.test(text)) throw new WorkflowError('html');
  // Half an object is a cut answer, not a text.
  if (/^\[?\s*\{\s*"/.test(text)) throw new WorkflowError('unreadable');
  return { text };
}

function fromJson(value: unknown): Reply {
  const first = Array.isArray(value) ? value.find(isObject) : value;
  if (!isObject(first)) throw new WorkflowError(Array.isArray(value) && value.length === 0 ? 'empty' : 'unreadable');
  const inner = isObject(first.data) ? first.data : {};
  const text = [first, inner]
    .flatMap((object) => fields.map((field) => object[field]))
    .find((found) => typeof found === 'string');
  if (typeof text !== 'string') throw new WorkflowError(Object.keys(first).length === 0 ? 'empty' : 'unreadable');
  const tokens = first.tokens ?? inner.tokens;
  return { text, tokens: isCount(tokens) ? tokens : undefined };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// What fits the column that keeps it.
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;
