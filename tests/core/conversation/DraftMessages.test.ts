import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type APIMessage, type Message, MessageFlags, type SendableChannels } from 'discord.js';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { draftIn } from '../../../src/core/conversation/answerIn.ts';
import { DraftMessages } from '../../../src/core/conversation/DraftMessages.ts';
import { deliver, toParts } from '../../../src/core/conversation/deliver.ts';
import { DirectMessages } from '../../../src/core/discord/DirectMessages.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { systemClock } from '../../../src/core/time.ts';
import type { RecordedRequest } from '../../../src/simulator/RecordedRequest.ts';
import { seconds } from '../../model/fastTime.ts';
import { logIn, messageSaying, startSimulator } from '../../simulator/discordClient.ts';
import { markdownReply } from './markdownReplies.ts';

// Minutes are seconds here.
vi.mock('../../../src/core/time.ts', () => import('../../model/fastTime.ts'));

const isDraft = ({ flags }: APIMessage): boolean => (Number(flags) & MessageFlags.SuppressEmbeds) !== 0;
const contents = (messages: readonly APIMessage[]): string[] => messages.map(({ content }) => content);
const unmarked = (text: string): string => text.replaceAll(/[\u200b\u200c]/g, '');
const paragraphs = (n: number): string => Array.from({ length: n }, (_, i) => `Line ${i} ${'x'.repeat(90)}`).join('\n');

async function open() {
  const discord = await startSimulator();
  // What discord.js tries again by itself is none of these tests' business.
  const client = await logIn(discord, { rest: { retries: 0 } });
  const lines: string[] = [];
  const log = createLog({ level: 'trace', secrets: [], destination: { write: (line) => void lines.push(line) } });
  let holds = true;
  const messages = new DirectMessages(client);
  const begin = (message: Message, instance: string): DraftMessages =>
    new DraftMessages(message, {
      ...{ messages, instance, clock: systemClock, log },
      ledger: { stillHolds: async () => holds },
    });
  const ask = async () => {
    const person = discord.addUser({ username: 'ada' });
    const received = messageSaying(client, 'Hello');
    person.says('Hello');
    const message = await received;
    const path = `/channels/${person.channelId}/messages`;
    /** What the bot wrote in this channel. */
    const requests = (): RecordedRequest[] =>
      discord.requests.filter((request) => request.path.startsWith(path) && request.method !== 'GET');
    const pageOf = () => Array.fromAsync(messages.allFrom(person.channelId, person.id, message.id));
    const finish = (draft: DraftMessages, text: string) => draft.become(toParts(text), 0);
    const isShown = (text: string) => person.sees((heard) => isDraft(heard) && unmarked(heard.content) === text.trim());
    return {
      person,
      message,
      path,
      requests,
      finish,
      isShown,
      draft: begin(message, 'this'),
      begin: (instance: string) => begin(message, instance),
      pageOf,
    };
  };
  const drop = () => {
    holds = false;
  };
  /** From now on no draft grows old, however slow the machine is. */
  const freeze = () => vi.spyOn(messages, 'now').mockResolvedValue(Date.now());
  return { discord, client, lines, ask, drop, freeze };
}

/** The next request of this kind, when it has been answered. */
async function nextRequest(emitter: Awaited<ReturnType<typeof open>>['discord'], method: string): Promise<void> {
  for (;;) {
    const [request] = (await once(emitter, 'request')) as [RecordedRequest];
    if (request.method === method) return;
  }
}

describe('a draft', { timeout: 60_000 }, () => {
  it('shows the answer while it is written, in the message that becomes it', async () => {
    const { ask } = await open();
    const { person, message, draft, finish, isShown } = await ask();
    draft.show('Once');
    const first = await isShown('Once');
    expect(first.message_reference?.message_id).toBe(message.id);
    draft.show('Once upon');
    await isShown('Once upon');
    expect(await finish(draft, 'Once upon a time.')).toEqual({});
    expect(person.heard).toMatchObject([{ id: first.id, content: 'Once upon a time.', flags: 0 }]);
  });

  it('ends as the messages of a plain reply, whatever was shown before', async () => {
    const { discord, ask } = await open();
    const texts = fc.oneof(
      { weight: 3, arbitrary: markdownReply },
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 7_000, size: 'max' }).filter((text) => text.trim() !== ''),
      fc.nat(70).map((n) => `\`\`\`js\n${paragraphs(n)}\n\`\`\`\nEnd.`),
    );
    const shows = fc.array(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), waits: fc.boolean() }), {
      maxLength: 5,
    });
    const property = fc.asyncProperty(texts, texts, shows, fc.boolean(), async (text, other, steps, isOther) => {
      const drafted = await ask();
      const plain = await ask();
      for (const { share, waits } of steps) {
        const shown = (isOther ? other : text).slice(0, share * text.length);
        const request = once(discord, 'request', { signal: AbortSignal.timeout(150) });
        drafted.draft.show(shown);
        // Where there is nothing to show, nothing comes.
        if (waits) await request.catch((error: Error) => expect(error.name).toBe('AbortError'));
        else request.catch(() => undefined);
      }
      await drafted.finish(drafted.draft, text);
      await deliver(plain.message.channel as SendableChannels, plain.message.id, toParts(text));
      const look = ({ heard }: typeof drafted.person, question: string) =>
        heard.map(({ content, flags, embeds, message_reference: reply }) => ({
          ...{ content, flags, embeds, isReply: reply?.message_id === question },
        }));
      expect(look(drafted.person, drafted.message.id)).toEqual(look(plain.person, plain.message.id));
    });
    await fc.assert(property, { numRuns: Number(process.env.DRAFT_RUNS ?? 25) });
  });

  it('goes on in new messages where one is full, and shows each part of it', async () => {
    const { ask } = await open();
    const { person, draft, finish, isShown } = await ask();
    const text = paragraphs(50);
    const parts = toParts(text).map(({ content }) => String(content));
    draft.show(text);
    for (const part of parts) await isShown(part);
    expect(person.heard.every(isDraft)).toBe(true);
    expect(person.heard.map(({ message_reference: reply }) => reply !== undefined)).toEqual([true, false, false]);
    const ids = person.heard.map(({ id }) => id);
    await finish(draft, `${text}\nThe end.`);
    expect(contents(person.heard).join('\n')).toBe(`${text}\nThe end.`);
    expect(person.heard.map(({ id }) => id).slice(0, 3)).toEqual(ids);
  });

  it('shows the first five messages of what is long, and all of it at the end', async () => {
    const { ask } = await open();
    const { person, requests, draft, finish, isShown } = await ask();
    const text = paragraphs(200);
    const parts = toParts(text).map(({ content }) => String(content));
    draft.show(text);
    for (const part of parts.slice(0, 5)) await isShown(part);
    draft.show(`${text}\nThe end.`);
    // A sixth would have come by now.
    await pause(3 * seconds(1));
    expect(requests().filter(({ method }) => method === 'POST')).toHaveLength(6);
    await finish(draft, text);
    expect(contents(person.heard)).toEqual(parts);
  });

  it('takes away what is too much at its end', async () => {
    const { ask } = await open();
    const { person, draft, finish, isShown } = await ask();
    const text = paragraphs(50);
    draft.show(text);
    for (const { content } of toParts(text)) await isShown(String(content));
    draft.show('Wait.');
    await isShown('Wait.');
    await finish(draft, 'Sorry.');
    expect(person.messages).toHaveLength(2);
    expect(person.heard).toMatchObject([{ content: 'Sorry.', flags: 0 }]);
  });

  it('makes one request a second at most, however often it is told, and shows the newest text only', async () => {
    const { ask } = await open();
    const { draft, requests, finish, isShown } = await ask();
    let written = '';
    for (let n = 0; requests().length < 6; n += 1) {
      written += `word${n} `;
      draft.show(written);
      await new Promise(setImmediate);
    }
    draft.show('done');
    await isShown('done');
    const times = requests().map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - Number(times[index]));
    // A timer may be a millisecond early by another clock.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(seconds(1) - 2);
    await finish(draft, 'done.');
    const count = requests().length;
    draft.show('more');
    const other = await ask();
    other.draft.show('of somebody else');
    await other.isShown('of somebody else');
    expect(requests()).toHaveLength(count);
  });

  it('leaves the second half of each second’s requests to answers', async () => {
    const { client, ask } = await open();
    const { draft, requests, finish, person } = await ask();
    const asked = Promise.withResolvers<void>();
    let times = 0;
    const { rest } = client;
    rest.globalReset = Date.now() + 3_600_000;
    let remaining = 25;
    Object.defineProperty(rest, 'globalRemaining', {
      configurable: true,
      get: () => {
        times += 1;
        if (times === 4) asked.resolve();
        return remaining;
      },
      set: () => undefined,
    });
    draft.show('Once');
    await asked.promise;
    expect(requests()).toEqual([]);
    remaining = 26;
    await expect.poll(() => requests().length).toBe(1);
    remaining = 25;
    await finish(draft, 'Once upon a time.');
    expect(contents(person.heard)).toEqual(['Once upon a time.']);
  });

  it('asks nothing of Discord besides the answer when nothing was shown', async () => {
    const { discord, ask } = await open();
    const { message, draft, finish, path } = await ask();
    draft.show('  ');
    const before = discord.requests.length;
    await finish(draft, 'Plain.');
    expect(discord.requests.slice(before)).toMatchObject([
      { method: 'POST', path, body: { content: 'Plain.', nonce: `${message.id}-0`, enforce_nonce: true } },
    ]);
    expect(discord.requests.at(-1)?.body).not.toHaveProperty('flags');
  });

  it('pings nobody, in no request', async () => {
    const { ask } = await open();
    const { person, draft, requests, finish, isShown } = await ask();
    const text = `@everyone @here <@${person.id}> <@&1000000000000000100>`;
    draft.show(text);
    await isShown(text);
    draft.show(`${text} and so on`);
    await isShown(`${text} and so on`);
    await finish(draft, `${text}\n${paragraphs(30)}`);
    const written = requests();
    expect(written.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'POST']);
    for (const { body } of written) expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(person.heard[0]).toMatchObject({ mentions: [], mention_everyone: false, mention_roles: [] });
  });

  it.each([500, 403, 404])('that Discord answers with %i once does not hurt the answer', async (status) => {
    for (const method of ['POST', 'PATCH']) {
      const { discord, ask, lines } = await open();
      const { person, draft, finish, isShown } = await ask();
      if (method === 'PATCH') {
        draft.show('Once');
        await isShown('Once');
      }
      const failed = nextRequest(discord, method);
      discord.faults.failNext({ status, method, path: /messages/ });
      draft.show('Once upon');
      await failed;
      await finish(draft, 'Once upon a time.');
      expect(person.heard).toMatchObject([{ content: 'Once upon a time.', flags: 0 }]);
      expect(lines.filter((line) => !line.includes('"level":"debug"'))).toEqual([]);
    }
  });

  it('is shown no more when Discord refuses it', async () => {
    const { discord, ask } = await open();
    const { person, draft, requests, finish } = await ask();
    person.blocksBot = true;
    const refused = nextRequest(discord, 'POST');
    draft.show('Once');
    await refused;
    draft.show('Once upon');
    await pause(seconds(3));
    expect(requests()).toHaveLength(1);
    await expect(finish(draft, 'Once upon a time.')).rejects.toMatchObject({ code: 50007 });
  });

  it('is said once when Discord took it and its answer got lost', async () => {
    for (const isShownAgain of [false, true]) {
      const { discord, ask } = await open();
      const { person, draft, finish, isShown } = await ask();
      const lost = nextRequest(discord, 'POST');
      discord.faults.loseAnswers({ method: 'POST', path: /messages/ });
      draft.show('Once');
      await lost;
      draft.show('Once upon');
      if (isShownAgain) await isShown('Once upon');
      await finish(draft, 'Once upon a time.');
      expect(person.heard).toMatchObject([{ content: 'Once upon a time.', flags: 0 }]);
    }
  });

  it('is finished whole when the posting of a further part went unheard', async () => {
    const { discord, ask } = await open();
    const { person, draft, finish, isShown } = await ask();
    const text = paragraphs(30);
    const [first] = toParts(text);
    draft.show(String(first?.content));
    await isShown(String(first?.content));
    const lost = nextRequest(discord, 'POST');
    discord.faults.loseAnswers({ method: 'POST', path: /messages/ });
    draft.show(text);
    await lost;
    await finish(draft, `${text}\nThe end.`);
    expect(person.heard).toMatchObject([{ flags: 0 }, { flags: 0 }]);
    expect(contents(person.heard).join('\n')).toBe(`${text}\nThe end.`);
  });

  it('is finished in its place when Discord denies it once', async () => {
    const { discord, ask } = await open();
    const { person, draft, requests, finish, isShown } = await ask();
    draft.show('Once');
    const { id } = await isShown('Once');
    discord.faults.failNext({ status: 404, method: 'PATCH' });
    await finish(draft, 'Once upon a time.');
    expect(person.heard).toMatchObject([{ id, content: 'Once upon a time.', flags: 0 }]);
    expect(requests().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
  });

  it('is finished although Discord is away at its end', async () => {
    const { discord, ask } = await open();
    const { person, draft, finish, isShown } = await ask();
    draft.show('Once');
    await isShown('Once');
    discord.faults.failNext({ status: 503, method: 'PATCH', times: 3 });
    discord.faults.limitNext({ retryAfterMs: 10, method: 'PATCH' });
    await finish(draft, 'Once upon a time.');
    expect(person.heard).toMatchObject([{ content: 'Once upon a time.', flags: 0 }]);
  });

  it('ends after what is under way, and looks for nothing', async () => {
    const { discord, ask } = await open();
    const { person, draft, finish } = await ask();
    const before = discord.requests.length;
    discord.faults.delayRest(200);
    draft.show('Once');
    await pause(20);
    await finish(draft, 'Once upon a time.');
    expect(person.heard).toMatchObject([{ content: 'Once upon a time.', flags: 0 }]);
    expect(discord.requests.slice(before).map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('is said anew when somebody deleted what stood of it', async () => {
    const { discord, client, ask } = await open();
    const { person, message, draft, finish, isShown } = await ask();
    draft.show('Once');
    const { id } = await isShown('Once');
    await client.rest.delete(`/channels/${person.channelId}/messages/${id}`);
    await finish(draft, 'Once upon a time.');
    expect(person.heard).toMatchObject([
      { content: 'Once upon a time.', flags: 0, message_reference: { message_id: message.id } },
    ]);
    expect(discord.requests.at(-1)?.body).toMatchObject({ nonce: `${message.id}-r0` });
  });

  it('changes nothing any more when the turn is another instance’s', async () => {
    const { ask, drop } = await open();
    const { draft, requests, isShown } = await ask();
    draft.show('Once');
    await isShown('Once');
    drop();
    draft.show('Once upon');
    const other = await ask();
    await pause(seconds(3));
    expect(requests()).toHaveLength(1);
    expect(other.requests()).toEqual([]);
  });
});

describe('a draft of somebody else', { timeout: 60_000 }, () => {
  it('is waited for, and its answer is the answer', async () => {
    const { ask, freeze } = await open();
    freeze();
    const { person, draft, begin, requests, finish, isShown } = await ask();
    draft.show('Hello');
    await isShown('Hello');
    const ours = begin('another');
    // The same words: only a mark that nobody sees tells whose they are.
    ours.show('Hello');
    const given = finish(ours, 'Hello from here.');
    for (const text of ['Hello f', 'Hello fr', 'Hello from', 'Hello from the']) {
      draft.show(text);
      await isShown(text);
    }
    await finish(draft, 'Hello from there.');
    expect(await given).toEqual({ elsewhere: 'Hello from there.' });
    expect(person.heard).toMatchObject([{ content: 'Hello from there.', flags: 0 }]);
    const edits = requests().filter(({ method }) => method === 'PATCH');
    expect(edits.map(({ body }) => (body as { content: string }).content)).not.toContain('Hello from here.');
  });

  it('is not changed by who only shows a draft', async () => {
    const { ask } = await open();
    const { draft, begin, requests, isShown, finish } = await ask();
    draft.show('theirs');
    await isShown('theirs');
    const ours = begin('another');
    for (const text of ['o', 'ou', 'our', 'ours']) {
      ours.show(text);
      await pause(seconds(1.2));
    }
    expect(requests().filter(({ method }) => method === 'PATCH')).toEqual([]);
    await finish(draft, 'theirs.');
  });

  it('becomes the answer when its writer is no more', async () => {
    const { ask } = await open();
    const { person, draft, begin, finish, isShown } = await ask();
    const text = paragraphs(30);
    draft.show(text);
    for (const { content } of toParts(text)) await isShown(String(content));
    draft.stop();
    const since = Date.now();
    expect(await finish(begin('another'), 'The answer.')).toEqual({});
    expect(Date.now() - since).toBeGreaterThan(seconds(14));
    expect(person.heard).toMatchObject([{ content: 'The answer.', flags: 0 }]);
  });

  it('becomes the answer although Discord does not tell the time for a while', async () => {
    const { discord, ask } = await open();
    const { person, draft, begin, finish, isShown } = await ask();
    draft.show('Once');
    await isShown('Once');
    draft.stop();
    discord.faults.failNext({ path: /\/gateway\/bot/, status: 503, times: 2 });
    expect(await finish(begin('another'), 'The answer.')).toEqual({});
    expect(person.heard).toMatchObject([{ content: 'The answer.', flags: 0 }]);
  });

  it('is seen by who comes back to its own one late: the answer that stands stays', async () => {
    for (const isMore of [true, false]) {
      const { ask } = await open();
      const { person, draft, begin, finish, isShown } = await ask();
      draft.show('Slow');
      await isShown('Slow');
      // It is taken for dead, and wakes up.
      await finish(begin('another'), 'The answer.');
      if (isMore) {
        draft.show('Slow as ever');
        await pause(seconds(3));
      }
      expect(await finish(draft, 'Slow as ever.')).toEqual({ elsewhere: 'The answer.' });
      expect(person.heard).toMatchObject([{ content: 'The answer.', flags: 0 }]);
    }
  });

  it('is gone on with at once by the instance that wrote it', async () => {
    const { ask } = await open();
    const { person, draft, begin, pageOf, requests, finish, isShown } = await ask();
    draft.show('Once');
    const { id } = await isShown('Once');
    draft.stop();
    const next = begin('this');
    next.goOnFrom(await pageOf());
    next.show('Again');
    await isShown('Again');
    await finish(next, 'Again and again.');
    expect(person.heard).toMatchObject([{ id, content: 'Again and again.', flags: 0 }]);
    expect(requests().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
  });

  it('is not taken for a part of the one before it', async () => {
    const { client, ask } = await open();
    const { person, message, pageOf } = await ask();
    const other = person.says('And you?');
    const post = async (content: string, question?: string, flags: number = MessageFlags.SuppressEmbeds) => {
      const body = { content, flags, ...(question !== undefined && { message_reference: { message_id: question } }) };
      return ((await client.rest.post(`/channels/${person.channelId}/messages`, { body })) as APIMessage).id;
    };
    await post('finished', message.id, 0);
    const rest = await post('unfinished');
    await post('a reply to a command', person.says('!limits').id, 0);
    const last = await post('unfinished too');
    const others = [await post('the next answer', other.id), await post('goes on')];
    const page = await pageOf();
    expect(draftIn(page, message.id).map(({ id }) => id)).toEqual([rest, last]);
    expect(draftIn(page, other.id).map(({ id }) => id)).toEqual(others);
  });

  it('is left alone by another one that finds it', async () => {
    const { ask, freeze } = await open();
    freeze();
    const { person, draft, begin, pageOf, requests, finish, isShown } = await ask();
    draft.show('Once');
    await isShown('Once');
    const next = begin('another');
    next.goOnFrom(await pageOf());
    next.show('Again');
    const given = finish(next, 'Again and again.');
    draft.show('Once upon');
    await isShown('Once upon');
    await finish(draft, 'Once upon a time.');
    expect(await given).toEqual({ elsewhere: 'Once upon a time.' });
    expect(person.heard).toMatchObject([{ content: 'Once upon a time.', flags: 0 }]);
    expect(requests().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
  });
});
