import { expect, it } from 'vitest';
import type { Given } from './describeContracts.ts';

const message = (messageId: string) => ({ messageId, userId: '100000000000000001', channelId: '200000000000000001' });

/** What everyone may expect of a TurnLedger. */
export function ledger(given: Given): void {
  it('gives a message to whoever claims it first', async () => {
    expect(await given.ledger.claim(message('1'))).toBe(true);
    expect(await given.ledger.claim(message('1'))).toBe(false);
    expect(await given.ledger.claim(message('2'))).toBe(true);
  });

  it('gives a message to one of many who claim it at once', async () => {
    const claims = await Promise.all(Array.from({ length: 50 }, () => given.ledger.claim(message('1'))));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('gives a message that got its answer to nobody', async () => {
    await given.ledger.claim(message('1'));
    await given.ledger.finish('1');
    expect(await given.ledger.claim(message('1'))).toBe(false);
  });

  it('lets a message be finished that nobody claimed, or that was finished before', async () => {
    await given.ledger.finish('unknown');
    await given.ledger.claim(message('1'));
    await given.ledger.finish('1');
    await given.ledger.finish('1');
    expect(await given.ledger.claim(message('unknown'))).toBe(true);
  });

  it('keeps who wrote where, and no text', async () => {
    await given.ledger.claim(message('1'));
    await given.ledger.finish('1');
    const rows = await given.database?.query('SELECT *, finished_at >= claimed_at AS in_order FROM turns');
    expect(rows ?? []).toEqual(
      given.database
        ? [
            {
              message_id: '1',
              discord_id: '100000000000000001',
              channel_id: '200000000000000001',
              claimed_at: expect.anything(),
              finished_at: expect.anything(),
              in_order: true,
            },
          ]
        : [],
    );
  });
}
