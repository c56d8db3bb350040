import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { APIMessage } from 'discord.js';
import { expect, it } from 'vitest';
import type { StandInAnswer } from '../../src/simulator/StandInWorkflow.ts';
import { wording } from '../../src/wording.ts';
import { makeSurroundings } from '../e2e/surroundings.ts';

const timeout = 3_000;
const mebibyte = 1_048_576;

async function* everyTenthOfASecond(piece: string): AsyncGenerator<string> {
  for (;;) {
    yield piece;
    await pause(100);
  }
}

const item = (content: string) => ({ type: 'item', content, metadata: { nodeId: 'a', itemIndex: 0, runIndex: 0 } });
const begun = [{ type: 'begin', metadata: { nodeId: 'a', itemIndex: 0, runIndex: 0 } }, item('So it begins. ')];

async function* begunAndThen(rest: AsyncIterable<string | object> | Iterable<string | object>) {
  yield* begun;
  // Long enough for a draft to be shown.
  await pause(1_000);
  yield* rest;
}

// Made once and before: it takes this process, which watches the clock, a while.
const bomb = gzipSync(Buffer.alloc(64 * mebibyte));

/** Everything bad that a workflow can do, by what a person writes. */
const misdeeds: Readonly<Record<string, (elsewhere: string) => StandInAnswer>> = {
  'never answers': () => ({ body: 'too late', delayMs: 60_000 }),
  'drips a plain answer': () => ({ stream: everyTenthOfASecond(' '), contentType: 'text/plain' }),
  'drips a stream': () => ({ stream: begunAndThen(everyTenthOfASecond('{"type":"keepalive"}\n')) }),
  'sends a gzip bomb': () => ({ body: bomb, headers: { 'content-encoding': 'gzip' } }),
  'sends ten megabytes': () => ({ body: { output: 'x'.repeat(10 * mebibyte) } }),
  'streams without an end': () => ({
    stream: (function* () {
      for (;;) yield item('x'.repeat(10_000));
    })(),
  }),
  'sends half a JSON': () => ({ body: '{"output":"Hel', contentType: 'application/json' }),
  'lies about the encoding': () => ({ body: 'plain', headers: { 'content-encoding': 'gzip' } }),
  'answers with a page': () => ({ body: '<!DOCTYPE html><title>Hello</title>' }),
  'answers with nothing': () => ({ body: null }),
  'redirects to another address': (elsewhere) => ({ status: 302, headers: { location: elsewhere }, body: null }),
  'redirects for good': (elsewhere) => ({ status: 308, headers: { location: elsewhere }, body: null }),
  'cuts the connection': () => ({ body: null, cut: true }),
  'cuts a stream': () => ({ stream: begunAndThen([]), cut: true }),
  'ends a stream without its end': () => ({ stream: begunAndThen([]) }),
  'fails in the middle of a stream': () => ({ stream: begunAndThen([{ type: 'error', content: 'Oh' }]) }),
  'puts a page into a stream': () => ({ stream: begunAndThen(['<html><body>502 Bad Gateway</body></html>\n']) }),
  'accepts, and nobody takes answers later': () => ({ status: 202, body: { accepted: true } }),
  fails: () => ({ status: 500, body: { message: 'Error in workflow' } }),
};

it('gives everybody one answer or one apology in time, whatever the workflow does to some', async () => {
  let calledElsewhere = 0;
  await using elsewhere = createServer((_request, response) => {
    calledElsewhere += 1;
    response.end('{"output":"From elsewhere"}');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
  await using around = await makeSurroundings();
  const { discord, workflow } = around;
  // Both at the moment at which the request is here: what waits in this process afterwards is not the bot's time.
  const calledAt = new Map<string, number>();
  let called = 0;
  workflow.on('call', ({ body }) => {
    called += 1;
    calledAt.set(body.turnId, performance.now());
  });
  const apologisedAt = new Map<string, number>();
  const note = ({ channel_id: channel, content }: APIMessage): void => {
    if (content === wording.apology() && !apologisedAt.has(channel)) apologisedAt.set(channel, performance.now());
  };
  discord.on('message', note);
  discord.on('messageUpdate', note);
  workflow.answer = ({ message }) => {
    const misdeed = misdeeds[message];
    return misdeed ? misdeed(elsewhereUrl) : { body: { output: `You said: ${message}` } };
  };
  const bot = await around.start({ N8N_TIMEOUT_MS: String(timeout), RATE_LIMIT_MAX: '1000' });
  await bot.ready();

  const { length: bad } = Object.keys(misdeeds);
  const victims = Object.keys(misdeeds).map(async (misdeed, index) => {
    const person = discord.addUser({ username: `victim-${index}` });
    const { id } = person.says(misdeed);
    await person.sees(({ content }) => content === wording.apology(), timeout * 10);
    const waited = (apologisedAt.get(person.channelId) ?? Number.NaN) - (calledAt.get(id) ?? Number.NaN);
    return { misdeed, person, waited };
  });
  // They go on as long as anybody waits.
  let asked = 0;
  const others = Array.from({ length: 5 }, async (_, index) => {
    const person = discord.addUser({ username: `other-${index}` });
    for (let n = 0; n < 20 || apologisedAt.size < bad; n += 1) {
      expect((await person.asks(`hello ${n}`)).content).toBe(`You said: hello ${n}`);
      asked += 1;
      if (n >= 20) await pause(100);
    }
  });
  const [waits] = await Promise.all([Promise.all(victims), ...others]);
  for (const { misdeed, person, waited } of waits) {
    expect(waited, misdeed).toBeLessThan(timeout + 1_000);
    // Not a word besides, and nothing of a draft is left.
    await expect
      .poll(() => person.heard.map(({ content }) => content), { message: misdeed })
      .toEqual([wording.apology()]);
    expect(person.heard[0]?.flags ?? 0, misdeed).toBe(0);
  }
  expect(calledElsewhere).toBe(0);
  expect(called).toBe(bad + asked);
  expect(bot.stderr).toEqual([]);
});

it('pings nobody and runs no command, whatever the workflow writes', async () => {
  await using around = await makeSurroundings();
  const { discord, workflow } = around;
  const bot = await around.start({ RATE_LIMIT_MAX: '1000', ADMIN_IDS: '300000000000000009' });
  await bot.ready();
  const admin = discord.addUser({ id: '300000000000000009', username: 'the-admin' });
  const words = ['!flushdb confirm', '!forgetme confirm', '!warn 1', '/reset', `@everyone @here <@${admin.id}> <@&1>`];
  const actions = ['flushDb', 'forgetMe', 'warn', 'run', '__proto__'].map((type) => ({
    type,
    userId: '1',
    reason: 'x',
  }));
  for (const word of words) {
    workflow.answer = () => ({ body: { output: word, command: word, actions } });
    expect((await admin.asks('What now?')).content).toBe(word);
    workflow.answer = () => ({ stream: [...begun.slice(0, 1), item(word), { ...begun[0], type: 'end' }] });
    expect((await admin.asks('And now?')).content).toBe(word);
  }
  expect(await admin.asks('!mydata')).toMatchObject({ content: expect.anything() });
  expect(workflow.calls).toHaveLength(2 * words.length);
  expect(workflow.calls.at(-1)?.body.conversationContext).toHaveLength(2 * words.length - 1);
  const posts = discord.requests.filter(({ method, path }) => method !== 'GET' && /\/messages/.test(path));
  expect(posts.length).toBeGreaterThanOrEqual(2 * words.length);
  for (const { body } of posts) expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
});
