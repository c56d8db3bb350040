import { container, type Precondition } from '@sapphire/framework';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import { AdmissionPrecondition, type AdmissionRequest, admit } from '../../../src/core/conversation/Admission.ts';
import { definePlugin } from '../../../src/core/definePlugin.ts';

const at = new Date('2026-02-12T19:00:00Z');
const request: AdmissionRequest = { messageId: '1', userId: '2', at, kind: 'chat' };

/** What each guard does with a request, as the test says. */
let early: (request: AdmissionRequest) => unknown;
let late: (request: AdmissionRequest) => unknown;

/** Lets a request pass unless its rule gives a reason. */
abstract class Guard extends AdmissionPrecondition {
  async #ask(rule: (request: AdmissionRequest) => unknown, asked: AdmissionRequest): Precondition.AsyncResult {
    const reason = await rule(asked);
    return reason === undefined ? this.ok() : this.error({ identifier: 'Refused', message: String(reason) });
  }

  protected ask = (rule: (request: AdmissionRequest) => unknown, asked: AdmissionRequest) => this.#ask(rule, asked);
}

class EarlyGuard extends Guard {
  constructor(context: Precondition.LoaderContext) {
    super(context, { position: 10 });
  }

  override admit(asked: AdmissionRequest): Precondition.AsyncResult {
    return this.ask(early, asked);
  }
}

class LateGuard extends Guard {
  constructor(context: Precondition.LoaderContext) {
    super(context, { position: 20 });
  }

  override admit(asked: AdmissionRequest): Precondition.AsyncResult {
    return this.ask(late, asked);
  }
}

describe.skipIf(!inject('postgres'))('admission', () => {
  let bot: TestBot;
  beforeAll(async () => {
    const respond = async () => ({ text: 'An answer.' });
    // Listed against their positions, which are what counts.
    const guarding = definePlugin({
      name: 'guarding',
      preconditions: { LateGuard, EarlyGuard },
      conversation: { respond },
    });
    bot = await startTestBot({ config: { ...config, plugins: [guarding] } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  beforeEach(() => {
    early = () => undefined;
    late = () => undefined;
  });

  it('lets pass what no guard refuses', async () => {
    expect(await admit(request)).toBeUndefined();
  });

  it('asks all guards side by side, with the request', async () => {
    const asked: AdmissionRequest[] = [];
    const both = Promise.withResolvers<void>();
    const wait = async (each: AdmissionRequest): Promise<void> => {
      asked.push(each);
      if (asked.length === 2) both.resolve();
      await both.promise;
    };
    early = wait;
    late = wait;
    expect(await admit(request)).toBeUndefined();
    expect(asked).toEqual([request, request]);
  });

  it('takes the first refusal by position, though a later guard was quicker', async () => {
    const slow = Promise.withResolvers<string>();
    early = () => slow.promise;
    late = () => {
      setImmediate(() => slow.resolve('early'));
      return 'late';
    };
    expect((await admit(request))?.error.message).toBe('early');
  });

  it('takes a later guard’s refusal when the earlier ones agree', async () => {
    late = () => 'late';
    expect((await admit(request))?.error.message).toBe('late');
  });

  it('guards a chat and a command alike, and tells them apart', async () => {
    const kinds: string[] = [];
    early = ({ kind }) => {
      kinds.push(kind);
      return `Not now (${kind}).`;
    };
    const ada = bot.person();
    expect((await ada.asks('Hello')).content).toBe('Not now (chat).');
    expect((await ada.asks('!help')).content).toBe('Not now (command).');
    expect((await ada.asks('!hepl')).content).toBe('Not now (chat).');
    expect(kinds).toEqual(['chat', 'command', 'chat']);
  });

  it('gets the ids, the author and the time of the message', async () => {
    const asked: AdmissionRequest[] = [];
    early = (each) => void asked.push(each);
    const ada = bot.person();
    const { id, timestamp } = ada.says('Hello');
    await ada.hears();
    expect(asked).toEqual([{ messageId: id, userId: ada.id, at: new Date(timestamp), kind: 'chat' }]);
  });

  it('ends in the one apology when a guard fails, for a chat and for a command', async () => {
    early = () => {
      throw new RangeError('a bug');
    };
    const ada = bot.person();
    for (const said of ['Hello', '!help']) expect((await ada.asks(said)).content).toMatch(/^Sorry/);
    await container.intake.drain(10_000);
    expect(ada.heard).toHaveLength(2);
    const errors = bot.log.filter(({ level }) => level === 'error');
    expect(errors.map(({ err }) => (err as Error).message)).toEqual(['a bug', 'a bug']);
  });
});
