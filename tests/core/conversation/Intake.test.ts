import type { Message } from 'discord.js';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/core/conversation/Claim.ts';
import { Intake } from '../../../src/core/conversation/Intake.ts';
import { type StageEvent, turnChannel } from '../../../src/core/conversation/stages.ts';
import type { TurnLedger, Verdict } from '../../../src/core/conversation/TurnLedger.ts';
import { HeldChannels } from '../../../src/core/discord/HeldChannels.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

let messages = 0;
function message(userId = 'ada'): Message {
  messages += 1;
  const channel = { id: `dm-${userId}`, isDMBased: () => true };
  return { id: `m${messages}`, author: { id: userId }, channelId: channel.id, channel, client } as unknown as Message;
}

/** What of discord.js remembers people and channels. */
const client = { channels: { cache: new Map<string, object>() }, users: { cache: new Map<string, object>() } };

type Ledger = Pick<TurnLedger, 'claim' | 'finish'>;

const mine: Verdict = { verdict: 'mine', attempts: 1 };
const other: Verdict = { verdict: 'other' };

const generous: Ledger = { claim: async () => mine, finish: async () => undefined };

const claimOf = ({ id, author, channelId }: Message) => ({ messageId: id, userId: author.id, channelId });

function open(ledger: Ledger = generous) {
  const lines: { msg: string; level: string }[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  const evicted: string[][] = [];
  const channels = new HeldChannels((...ids) => evicted.push(ids));
  return { intake: new Intake(ledger, log, channels), lines, evicted };
}

/** A ledger that answers each claim when the test says so. */
class SlowLedger implements Ledger {
  readonly claims: (Claim & { answer: (verdict: Verdict | Error) => void })[] = [];
  readonly finished: [messageId: string, answerIds: readonly string[]][] = [];

  claim(claim: Claim): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.claims.push({ ...claim, answer: (how) => (how instanceof Error ? reject(how) : resolve(how)) });
    return promise;
  }

  async finish(messageId: string, answerIds: readonly string[] = []): Promise<void> {
    this.finished.push([messageId, answerIds]);
  }
}

/** Whether it is the message's turn by now, when everything that can go on has gone on. */
async function isItsTurn(intake: Intake, asked: Message): Promise<boolean> {
  let come = false;
  void intake.turnOf(asked).then(() => {
    come = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return come;
}

describe('Intake', () => {
  it('claims a message by its ids only', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const hello = message();
    const taken = intake.take(hello);
    const [claim] = ledger.claims;
    expect(claim).toMatchObject({ messageId: hello.id, userId: 'ada', channelId: 'dm-ada' });
    claim?.answer(mine);
    expect(await taken).toEqual(mine);
    expect(intake.inHand).toBe(1);
    await intake.finish(hello);
    expect(ledger.finished).toEqual([[hello.id, []]]);
    expect(intake.inHand).toBe(0);
  });

  it('keeps the order of arrival, not the order in which the claims are answered', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [first, second] = [message(), message()];
    const taken = [intake.take(first), intake.take(second)];
    ledger.claims[1]?.answer(mine);
    expect(await taken[1]).toEqual(mine);
    expect(await isItsTurn(intake, second)).toBe(false);
    ledger.claims[0]?.answer(mine);
    expect(await taken[0]).toEqual(mine);
    expect(await isItsTurn(intake, first)).toBe(true);
    expect(await isItsTurn(intake, second)).toBe(false);
    await intake.finish(first);
    expect(await isItsTurn(intake, second)).toBe(true);
  });

  it('lets one person go on while another’s message is not claimed yet', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [ofAda, ofGrace] = [message('ada'), message('grace')];
    void intake.take(ofAda);
    void intake.take(ofGrace);
    expect(await isItsTurn(intake, ofGrace)).toBe(true);
  });

  it('takes a message once, however often and whenever it comes', async () => {
    const { intake } = open();
    const hello = message();
    const both = [intake.take(hello), intake.take(hello)];
    expect(await Promise.all(both)).toEqual([mine, other]);
    expect(intake.inHand).toBe(1);
    await intake.finish(hello);
    expect(await intake.take(hello)).toEqual(other);
    expect(intake.inHand).toBe(0);
  });

  it('gives the place of a message that is somebody else’s to the next one', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [lost, next] = [message(), message()];
    const taken = [intake.take(lost), intake.take(next)];
    ledger.claims[0]?.answer(other);
    ledger.claims[1]?.answer(mine);
    expect(await Promise.all(taken)).toEqual([other, mine]);
    expect(await isItsTurn(intake, next)).toBe(true);
    expect(intake.inHand).toBe(1);
  });

  it('leaves a message alone that cannot be claimed, says so, and lets the next one go on', async () => {
    const ledger = new SlowLedger();
    const { intake, lines } = open(ledger);
    const [failing, next] = [message(), message()];
    const taken = [intake.take(failing), intake.take(next)];
    ledger.claims[0]?.answer(new TypeError('a bug'));
    ledger.claims[1]?.answer(mine);
    expect(await Promise.all(taken)).toEqual([other, mine]);
    expect(await isItsTurn(intake, next)).toBe(true);
    expect(lines).toMatchObject([{ level: 'error', messageId: failing.id, err: { message: 'a bug' } }]);
  });

  it('takes a message that could not be claimed when it comes again', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const hello = message();
    const first = intake.take(hello);
    ledger.claims[0]?.answer(new TypeError('a bug'));
    expect(await first).toEqual(other);
    const again = intake.take(hello);
    ledger.claims[1]?.answer(mine);
    expect(await again).toEqual(mine);
  });

  it('lets the next one go first when a message leaves its line, and still has it in hand', async () => {
    const { intake } = open();
    const [command, chat] = [message(), message()];
    await Promise.all([intake.take(command), intake.take(chat)]);
    intake.leaveLine(command);
    expect(await isItsTurn(intake, chat)).toBe(true);
    expect(intake.inHand).toBe(2);
  });

  it('lets the next one go on even when the ledger cannot note that a message is finished', async () => {
    const finish = async () => {
      throw new TypeError('a bug');
    };
    const { intake } = open({ ...generous, finish });
    const [first, second] = [message(), message()];
    await Promise.all([intake.take(first), intake.take(second)]);
    await expect(intake.finish(first)).rejects.toThrow('a bug');
    expect(await isItsTurn(intake, second)).toBe(true);
    expect(intake.inHand).toBe(1);
  });
});

describe('Intake, of a message that it does not take on', () => {
  it('says that it can be noted nowhere, and takes it when it comes again', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const hello = message();
    const first = intake.take(hello);
    ledger.claims[0]?.answer({ verdict: 'refused' });
    expect(await first).toEqual({ verdict: 'refused' });
    expect([intake.inHand, intake.hasTaken(hello.id)]).toEqual([0, false]);
    const again = intake.take(hello);
    ledger.claims[1]?.answer(mine);
    expect(await again).toEqual(mine);
  });

  it('takes it when it comes again, because the other one that had it may be gone', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const hello = message();
    const first = intake.take(hello);
    ledger.claims[0]?.answer(other);
    expect([await first, intake.hasTaken(hello.id)]).toEqual([other, false]);
    const again = intake.take(hello);
    ledger.claims[1]?.answer({ verdict: 'mine', attempts: 2 });
    expect(await again).toEqual({ verdict: 'mine', attempts: 2 });
    expect(intake.hasTaken(hello.id)).toBe(true);
  });

  it('lets the next one go on when a message in hand became somebody else’s, and notes nothing of it', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [lost, next] = [message(), message()];
    const taken = [intake.take(lost), intake.take(next)];
    for (const claim of ledger.claims) claim.answer(mine);
    await Promise.all(taken);
    intake.abandon(lost);
    expect(await isItsTurn(intake, next)).toBe(true);
    expect([intake.inHand, ledger.finished]).toEqual([1, []]);
  });
});

describe('Intake, of a message that comes late', () => {
  it('does not claim what was handed out to it, and says for the how-manieth time', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [handedOut, live] = [message(), message()];
    intake.expect(claimOf(handedOut), { attempts: 3 });
    expect(await intake.take(handedOut)).toEqual({ verdict: 'mine', attempts: 3 });
    expect(ledger.claims).toEqual([]);
    expect([intake.isLate(handedOut), intake.isLate(live)]).toEqual([true, false]);
    await intake.finish(handedOut);
    expect(intake.isLate(handedOut)).toBe(false);
  });

  it('claims what nobody took on', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const missed = message();
    intake.expect(claimOf(missed), {});
    const taken = intake.take(missed);
    ledger.claims[0]?.answer(mine);
    expect([await taken, intake.isLate(missed)]).toEqual([mine, true]);
  });

  it('forgets what did not come, but not what did', async () => {
    const { intake } = open();
    const [came, never] = [message(), message()];
    for (const late of [came, never]) intake.expect(claimOf(late), {});
    expect(intake.inHand).toBe(2);
    await intake.take(came);
    for (const { id } of [came, never]) intake.unexpect(id);
    expect([intake.isLate(came), intake.isLate(never), intake.inHand]).toEqual([true, false, 1]);
  });
});

describe('Intake.inLine', () => {
  it('works behind what is in the person’s line, before what comes later, and counts as in hand', async () => {
    const { intake } = open();
    const [first, last] = [message(), message()];
    await intake.take(first);
    let hasWorked = false;
    const between = intake.inLine('ada', async () => {
      hasWorked = true;
    });
    await intake.take(last);
    expect([await isItsTurn(intake, last), hasWorked, intake.inHand]).toEqual([false, false, 3]);
    await intake.finish(first);
    await between;
    expect([await isItsTurn(intake, last), hasWorked, intake.inHand]).toEqual([true, true, 1]);
  });

  it('takes the message of its id on, and leaves the line even when the work fails', async () => {
    const { intake } = open();
    const [redelivered, next] = [message(), message()];
    const fail = async () => {
      throw new TypeError('a bug');
    };
    await expect(intake.inLine('ada', fail, redelivered.id)).rejects.toThrow('a bug');
    expect(await intake.take(redelivered)).toEqual(other);
    await intake.take(next);
    expect([await isItsTurn(intake, next), intake.inHand]).toEqual([true, 1]);
  });
});

describe('what discord.js remembers of a person and their channel', () => {
  it('goes with the last of their messages that is in hand', async () => {
    const { intake, evicted } = open();
    const [first, second, late] = [message(), message(), message()];
    await Promise.all([intake.take(first), intake.take(second)]);
    intake.expect(claimOf(late), {});
    await intake.finish(first);
    await intake.finish(second);
    await intake.finish(second);
    expect(evicted).toEqual([]);
    intake.unexpect(late.id);
    expect(evicted).toEqual([['dm-ada', 'ada']]);
  });
});

describe('Intake.drain', () => {
  it('is done at once when nothing is in hand', async () => {
    expect(await open().intake.drain(60_000)).toBe(0);
  });

  it('waits until everything in hand has been dealt with, what comes meanwhile too', async () => {
    const { intake, lines } = open();
    const [first, second] = [message('ada'), message('grace')];
    await intake.take(first);
    let drained = false;
    const draining = intake.drain(60_000).then((left) => {
      drained = true;
      return left;
    });
    await intake.take(second);
    await intake.finish(first);
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    await intake.finish(second);
    expect(await draining).toBe(0);
    expect(lines).toEqual([]);
  });

  it('gives up after its time, and says how much is left', async () => {
    const { intake, lines } = open();
    await intake.take(message());
    await intake.take(message('grace'));
    expect(await intake.drain(5)).toBe(2);
    expect(lines).toMatchObject([{ level: 'warn', left: 2 }]);
  });
});

describe('the end of a turn', () => {
  async function endsOf(ledger: Partial<Ledger>, deal: (intake: Intake, asked: Message) => Promise<unknown>) {
    const told: StageEvent[] = [];
    const note = (event: unknown): void => void told.push(event as StageEvent);
    turnChannel.subscribe(note);
    const { intake } = open({ ...generous, ...ledger });
    const asked = message();
    try {
      await deal(intake, asked).catch(() => undefined);
    } finally {
      turnChannel.unsubscribe(note);
    }
    return told
      .filter(({ turnId, userId }) => turnId === asked.id && userId === 'ada')
      .map(({ stage, outcome }) => `${stage}: ${outcome}`);
  }
  const take = (intake: Intake, asked: Message) => intake.take(asked);
  const failing = () => Promise.reject(new Error('a bug'));

  it.each([
    ['when it is another instance’s', { claim: async () => other }, take, ['claim: other', 'turn: elsewhere']],
    [
      'when nobody can take it',
      { claim: async (): Promise<Verdict> => ({ verdict: 'refused' }) },
      take,
      ['claim: refused', 'turn: not taken on'],
    ],
    ['when it cannot be claimed', { claim: failing }, take, ['claim: failed', 'turn: failed']],
    [
      'when it became another instance’s, once',
      {},
      async (intake: Intake, asked: Message) => {
        await intake.take(asked);
        await intake.take(asked);
        intake.abandon(asked);
        intake.abandon(asked);
      },
      ['claim: mine', 'turn: elsewhere'],
    ],
    [
      'also when it cannot be noted',
      { finish: failing },
      async (intake: Intake, asked: Message) => {
        await intake.take(asked);
        await intake.finish(asked, { outcome: 'answered' });
      },
      ['claim: mine', 'turn: answered'],
    ],
  ])('is told %s', async (_, ledger, deal, told) => {
    expect(await endsOf(ledger, deal)).toEqual(told);
  });
});
