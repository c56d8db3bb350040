import type { StandInAnswer, WorkflowPayload } from './WorkflowCall.ts';
import { writeWordByWord } from './writeWordByWord.ts';

const fence = '```';

const code = `Here is a turn, as a workflow sees it:
${fence}js
const { message } = $json.body;
return { output: \`You said “\${message}”.\` };
${fence}`;

const markdown = `# Headings
**bold**, *italic*, __underlined__, ~~struck~~, \`inline code\` and ||a spoiler||
> A quotation stays a quotation.
- a list
- with [a link](https://discord.com/developers/docs)
-# and small print`;

const long = `Discord takes 2,000 characters a message, so this answer comes in parts. Nothing is lost at the seams:
${fence}text
${Array.from({ length: 28 }, (_, line) => `${String(line + 1).padStart(2)} ▏ a code block that is cut is closed here and opened again there`).join('\n')}
${fence}
And a list after it:
${Array.from({ length: 12 }, (_, point) => `${point + 1}. point ${point + 1} of a list that would rather not be torn in the middle of a line`).join('\n')}`;

const streamed = `This answer is a stream: the workflow writes it word by word, and you read it while it is being written. \
Discord wants no more than one change a second, so the words come in handfuls. When the last one is here, \
what stands in the channel is exactly what a plain answer would have been. Nothing of it is remembered before that, \
and if the workflow broke off now, this would turn into an apology.`;

/** Single words that show one feature each. */
const showcase: Record<string, StandInAnswer> = {
  code: say(code),
  long: say(long),
  stream: { stream: writeWordByWord(streamed, 120) },
  slow: { ...say('That took six seconds. Did you see me typing?'), delayMs: 6_000 },
  fail: { status: 500, body: { message: 'Error in workflow' } },
  empty: { body: null },
  everyone: say('Hello @everyone and @here! It looks like a mention, and it pings nobody.'),
  markdown: say(markdown),
};

/** The stand-in's default answer: tells a newcomer what a workflow receives, and knows a few words that show a feature each. */
export function demonstration(payload: WorkflowPayload): StandInAnswer {
  const word = payload.message.trim().toLowerCase();
  if (Object.hasOwn(showcase, word)) return showcase[word] as StandInAnswer;
  return say(
    [
      `Hello **${payload.username}**!${payload.message.trim() ? ' You wrote:' : ''}`,
      ...quotation(payload.message),
      ...memory(payload.conversationContext),
      ...files(payload.attachments),
      ...warnings(payload.warnings),
    ].join('\n'),
  );
}

function memory(context: WorkflowPayload['conversationContext']): string[] {
  const last = context.at(-1);
  if (last === undefined) {
    const words = Object.keys(showcase).map((word) => `\`${word}\``);
    return [`I am the stand-in workflow, and we have just met. Say ${words.join(', ')} and see what happens.`];
  }
  const exchanges = context.length === 1 ? 'One earlier exchange' : `${context.length} earlier exchanges`;
  return [`${exchanges} came with it. Before that you wrote: “${excerpt(oneLine(last.userMessage), 120)}”`];
}

function files(attachments: WorkflowPayload['attachments']): string[] {
  if (attachments.length === 0) return [];
  return [`Attached: ${attachments.map(({ filename, size }) => `\`${filename}\` (${size} bytes)`).join(', ')}`];
}

function warnings(count: number): string[] {
  if (count === 0) return [];
  return [
    `You have ${count === 1 ? 'one active warning' : `${count} active warnings`}, so a workflow may be stricter.`,
  ];
}

function quotation(text: string): string[] {
  if (text.trim() === '') return [];
  return excerpt(text.trim(), 600)
    .split('\n')
    .map((line) => `> ${line}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function excerpt(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

function say(output: string): StandInAnswer {
  return { body: { output } };
}
