import type { Message } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { Intake } from '../../../src/core/conversation/Intake.ts';
import { MemoryTurnLedger } from '../../../src/core/conversation/MemoryTurnLedger.ts';
import type { Claim, TurnLedger } from '../../../src/core/conversation/TurnLedger.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

let messages = 0;
function message(userId = 'ada'): Message {
  messages += 1;
  return { id: `m${messages}`, author: { id: userId }, channelId: `dm-${userId}` } as unknown as Message;
}

function open(ledger: TurnLedger = new MemoryTurnLedger()) {
  const lines: { msg: string; level: string }[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  return { intake: new Intake(ledger, log), lines };
}

/** A ledger that answers each claim when the test says so. */
class SlowLedger implements TurnLedger {
  readonly claims: (Claim & { answer: (claimed: boolean | Error) => void })[] = [];
  readonly finished: string[] = [];

  claim(claim: Claim): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.claims.push({ ...claim, answer: (how) => (how instanceof Error ? reject(how) : resolve(how)) });
    return promise;
  }

  async finish(messageId: string): Promise<void> {
    this.finished.push(messageId);
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
    claim?.answer(true);
    expect(await taken).toBe(true);
    expect(intake.inHand).toBe(1);
    await intake.finish(hello);
    expect(ledger.finished).toEqual([hello.id]);
    expect(intake.inHand).toBe(0);
  });

  it('keeps the order of arrival, not the order in which the claims are answered', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [first, second] = [message(), message()];
    const taken = [intake.take(first), intake.take(second)];
    ledger.claims[1]?.answer(true);
    expect(await taken[1]).toBe(true);
    expect(await isItsTurn(intake, second)).toBe(false);
    ledger.claims[0]?.answer(true);
    expect(await taken[0]).toBe(true);
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
    expect(await Promise.all(both)).toEqual([true, false]);
    expect(intake.inHand).toBe(1);
    await intake.finish(hello);
    expect(await intake.take(hello)).toBe(false);
    expect(intake.inHand).toBe(0);
  });

  it('gives the place of a message that is somebody else’s to the next one', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const [lost, next] = [message(), message()];
    const taken = [intake.take(lost), intake.take(next)];
    ledger.claims[0]?.answer(false);
    ledger.claims[1]?.answer(true);
    expect(await Promise.all(taken)).toEqual([false, true]);
    expect(await isItsTurn(intake, next)).toBe(true);
    expect(intake.inHand).toBe(1);
  });

  it('leaves a message alone that cannot be claimed, says so, and lets the next one go on', async () => {
    const ledger = new SlowLedger();
    const { intake, lines } = open(ledger);
    const [failing, next] = [message(), message()];
    const taken = [intake.take(failing), intake.take(next)];
    ledger.claims[0]?.answer(new TypeError('a bug'));
    ledger.claims[1]?.answer(true);
    expect(await Promise.all(taken)).toEqual([false, true]);
    expect(await isItsTurn(intake, next)).toBe(true);
    expect(lines).toMatchObject([{ level: 'error', messageId: failing.id, err: { message: 'a bug' } }]);
  });

  it('takes a message that could not be claimed when it comes again', async () => {
    const ledger = new SlowLedger();
    const { intake } = open(ledger);
    const hello = message();
    const first = intake.take(hello);
    ledger.claims[0]?.answer(new TypeError('a bug'));
    expect(await first).toBe(false);
    const again = intake.take(hello);
    ledger.claims[1]?.answer(true);
    expect(await again).toBe(true);
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
    const ledger = new (class extends MemoryTurnLedger {
      override async finish(): Promise<void> {
        throw new TypeError('a bug');
      }
    })();
    const { intake } = open(ledger);
    const [first, second] = [message(), message()];
    await Promise.all([intake.take(first), intake.take(second)]);
    await expect(intake.finish(first)).rejects.toThrow('a bug');
    expect(await isItsTurn(intake, second)).toBe(true);
    expect(intake.inHand).toBe(1);
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
