import { MessageFlags } from 'discord.js';
import { expect, it } from 'vitest';
import { wording } from '../../src/wording.ts';
import { lastOf } from './ModelServer.ts';
import { causesOf, personOf, startBot, startModel } from './surroundings.ts';

const embedsAreOff = (flags = 0) => (flags & MessageFlags.SuppressEmbeds) !== 0;

it('shows the reply while it is written, in the one message that becomes the answer', async () => {
  const model = await startModel();
  const seen = Promise.withResolvers<void>();
  model.answer = async function* () {
    yield 'The first half, ';
    await seen.promise;
    yield 'and the second.';
  };
  const bot = await startBot('steward-streaming');
  const ada = personOf(bot);
  const question = ada.says('Tell me.');
  const draft = await ada.hears();
  expect(draft.content).toMatch(/^The first half,/);
  expect(embedsAreOff(draft.flags)).toBe(true);
  seen.resolve();
  const answer = await ada.sees(({ content, flags }) => content.includes('second') && !embedsAreOff(flags));
  expect(answer).toMatchObject({
    id: draft.id,
    content: 'The first half, and the second.',
    message_reference: { message_id: question.id },
  });

  model.answer = (prompt) => [lastOf(prompt).includes('"aiResponse":"The first half, and') ? 'I remember.' : 'Who?'];
  ada.says('And?');
  await ada.sees(({ content, flags }) => content === 'I remember.' && !embedsAreOff(flags));
  expect(ada.heard).toHaveLength(2);
});

it('answers at length in several messages, whose text is what the model wrote', async () => {
  const model = await startModel();
  const sentences = Array.from({ length: 300 }, (_, n) => `Sentence number ${n}.`);
  model.answer = () => sentences.map((sentence) => `${sentence} `);
  const bot = await startBot('steward-streaming');
  const ada = personOf(bot);
  ada.says('Tell me everything.');
  await ada.sees(({ content, flags }) => content.includes('number 299.') && !embedsAreOff(flags));
  await bot.stop();
  expect(ada.heard.length).toBeGreaterThan(2);
  const words = ada.heard.map(({ content }) => content).join(' ');
  expect(words.split(/\s+/)).toEqual(sentences.join(' ').split(' '));
});

it('apologises in place of what it had shown when the model breaks off', async () => {
  const model = await startModel();
  const seen = Promise.withResolvers<void>();
  model.answer = async function* () {
    yield 'I am quite sure that ';
    await seen.promise;
    throw new Error('The model breaks off.');
  };
  const bot = await startBot('steward-streaming');
  const ada = personOf(bot);
  ada.says('Are you sure?');
  const draft = await ada.hears();
  seen.resolve();
  const apology = await ada.sees(({ content }) => content === wording.apology());
  expect(apology.id).toBe(draft.id);
  await bot.stop();
  expect(ada.heard).toHaveLength(1);
  expect(causesOf(bot)).toEqual(['failed']);
});

it('is told "failed" and "empty" where nothing was written', async () => {
  const model = await startModel();
  const bot = await startBot('steward-streaming');
  model.answer = () => {
    throw new Error('No.');
  };
  expect((await personOf(bot).asks('Hello')).content).toBe(wording.apology());
  model.answer = () => [];
  expect((await personOf(bot).asks('Hello')).content).toBe(wording.apology());
  await bot.stop();
  expect(causesOf(bot)).toEqual(['failed', 'empty']);
});

it.each([
  ['uses a tool', 'streamingTool', 'Let me see.\n\nIt is 42.'],
  ['ends in a Respond node', 'streamingRespond', 'It is 42.'],
  ['streams and ends in a Respond node', 'streamingTwice', 'It is 42.'],
])('answers once by a workflow that %s', async (_what, path, answer) => {
  const model = await startModel();
  model.answer = ({ messages, tools }) =>
    tools && !messages.some(({ role }) => role === 'tool')
      ? ['Let me ', 'see.', { tool: 'Calculator', input: '6 * 7' }]
      : ['It is ', '42.'];
  const bot = await startBot(path);
  const ada = personOf(bot);
  ada.says('What is 6 times 7?');
  await ada.sees(({ content, flags }) => content === answer && !embedsAreOff(flags));
  await bot.stop();
  expect(ada.heard.map(({ content }) => content)).toEqual([answer]);
});
