import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, inject, it, onTestFinished } from 'vitest';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { stablePort } from '../../src/testing/network/stablePort.ts';
import { wording } from '../../src/wording.ts';
import { BotProcess } from '../support/startProcess.ts';
import { echo, type ModelServer } from './ModelServer.ts';
import { causesOf, environmentFor, personOf, startBot, startModel } from './surroundings.ts';

/** What lets n8n call a bot back. */
async function reachable(): Promise<{ HEALTH_CHECK_PORT: string; PUBLIC_URL: string }> {
  const port = String(await stablePort());
  return { HEALTH_CHECK_PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` };
}

/** Lets the model think until it is released; `asked` settles when n8n asks it. */
function thinking(model: ModelServer): { readonly asked: Promise<void>; release(): void } {
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  model.answer = async function* (prompt) {
    asked.resolve();
    await released.promise;
    yield* echo(prompt);
  };
  return { asked: asked.promise, release: released.resolve };
}

it.each(['steward-callback', 'immediately'])('is answered later, as if at once: %s', async (path) => {
  const model = await startModel();
  model.answer = () => ['Here ', 'it is.'];
  const bot = await startBot(path, await reachable());
  const ada = personOf(bot);
  const question = ada.says('Take your time.');
  expect(await ada.hears()).toMatchObject({
    content: 'Here it is.',
    message_reference: { message_id: question.id },
  });
  model.answer = (prompt) => [JSON.stringify(prompt).includes('Take your time.') ? 'I remember.' : 'Who?'];
  expect((await ada.asks('And?')).content).toBe('I remember.');
  await bot.stop();
  expect(ada.heard).toHaveLength(2);
});

it('says that it is still at it, and says the answer when it comes', async () => {
  const model = await startModel();
  const thoughts = thinking(model);
  const bot = await startBot('steward-callback', { ...(await reachable()), N8N_TIMEOUT_MS: '1000' });
  const ada = personOf(bot);
  const question = ada.says('Take your time.');
  expect((await ada.hears()).content).toBe(wording.stillWorking());
  thoughts.release();
  const answer = await ada.hears();
  expect(answer.content.startsWith(wording.lateAnswer('You said: '))).toBe(true);
  expect(answer.message_reference?.message_id).toBe(question.id);
  await bot.stop();
  expect(ada.heard).toHaveLength(2);
});

it('answers once although it was killed while n8n was at it, and asked again', async () => {
  const model = await startModel();
  const thoughts = thinking(model);
  await using discord = await DiscordSimulator.start();
  const login = { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl };
  const environment = { ...environmentFor('steward-callback'), ...login, ...(await reachable()) };
  const ada = personOf({ discord });
  await using killed = await BotProcess.start(environment);
  await killed.ready();
  ada.says('Take your time.');
  await thoughts.asked;
  await killed.stop('SIGKILL');
  await using bot = await BotProcess.start({ ...environment, DATA_DIR: killed.dataDir });
  await expect.poll(() => model.prompts.length, { timeout: 30_000 }).toBe(2);
  thoughts.release();
  expect((await ada.hears()).content).toMatch(/^You said: .*Take your time\.$/s);
  expect(await bot.stop()).toBe(0);
  expect(ada.heard).toHaveLength(1);
});

it('passes on the template’s own apology when the model fails', async () => {
  const model = await startModel();
  model.answer = () => {
    throw new Error('No.');
  };
  const bot = await startBot('steward-callback', await reachable());
  expect((await personOf(bot).asks('Hello')).content).toBe('Sorry, I could not answer that. Please try again.');
});

it.each(['steward-callback', 'immediately'])('is told "no callback" where n8n cannot call back: %s', async (path) => {
  await startModel();
  const bot = await startBot(path);
  expect((await personOf(bot).asks('Hello')).content).toBe(wording.apology());
  await bot.stop();
  expect(causesOf(bot)).toEqual(['no callback']);
});

it('is called again by the template when it could not take the answer', async () => {
  const model = await startModel();
  model.answer = () => ['Here it is.'];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(bodies.length === 1 ? 503 : 200).end('{"status":"taken"}');
    if (bodies.length === 2) server.emit('taken');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const taken = once(server, 'taken');
  const { webhooks, header } = inject('n8n');
  const response = await fetch(`${webhooks}steward-callback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header.name]: header.value },
    body: JSON.stringify({
      message: 'Take your time.',
      attachments: [],
      conversationContext: [],
      callbackUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    }),
  });
  expect([response.status, await response.text()]).toEqual([202, '{"accepted":true}']);
  await taken;
  expect(bodies.map((body) => JSON.parse(body))).toEqual(Array(2).fill({ output: 'Here it is.' }));
});
