import { expect, it } from 'vitest';
import { hours, minutes, seconds } from '../../src/core/time.ts';
import type { Given } from './describeContracts.ts';
import { texts } from './texts.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';

/** What everyone may expect of a ConversationRepository. */
export function conversations(given: Given): void {
  const save = (text: string, options = {}, discordId = ada) =>
    given.conversations.saveMessage(discordId, 'ada', text, `re: ${text}`, options);
  const recall = async (limit = 20, discordId = ada) =>
    (await given.conversations.getRecentMessages(discordId, limit)).map(({ userMessage }) => userMessage);

  it('gives an exchange back as it was said, with its time', async () => {
    const at = given.clock.at(-seconds(1));
    await given.conversations.saveMessage(ada, 'ada', 'Hello', 'Good morning', { at });
    expect(await given.conversations.getRecentMessages(ada, 20)).toEqual([
      { userMessage: 'Hello', aiResponse: 'Good morning', timestamp: at },
    ]);
  });

  it('gives an exchange without a time that of the clock', async () => {
    await save('now');
    const [exchange] = await given.conversations.getRecentMessages(ada, 1);
    expect(exchange?.timestamp).toEqual(given.clock.at(0));
  });

  it('knows nothing of a person who never wrote', async () => {
    expect(await recall()).toEqual([]);
  });

  it('gives the newest exchanges, oldest first, and no more than asked for', async () => {
    for (const n of [1, 2, 3, 4, 5]) await save(`${n}`, { at: given.clock.at(seconds(n - 10)) });
    expect(await recall()).toEqual(['1', '2', '3', '4', '5']);
    expect(await recall(2)).toEqual(['4', '5']);
    expect(await recall(1)).toEqual(['5']);
    expect(await recall(0)).toEqual([]);
    expect(await recall(-1)).toEqual([]);
  });

  it('gives exchanges of the same moment in the order they came in', async () => {
    for (const n of [1, 2, 3]) await save(`${n}`);
    expect(await recall()).toEqual(['1', '2', '3']);
    expect(await recall(2)).toEqual(['2', '3']);
  });

  it('orders by when something was said, not by when it was stored', async () => {
    await save('second', { at: given.clock.at(-seconds(1)) });
    await save('first', { at: given.clock.at(-seconds(2)) });
    expect(await recall()).toEqual(['first', 'second']);
    expect(await recall(1)).toEqual(['second']);
  });

  it('keeps a write once that comes again under its key', async () => {
    for (const text of ['first', 'again', 'and again']) await save(text, { key: 'turn-1' });
    await Promise.all(Array.from({ length: 30 }, (_, n) => save(`attempt ${n}`, { key: 'turn-2' })));
    await save('without a key');
    await save('without a key');
    const recalled = await recall();
    expect(recalled).toHaveLength(4);
    expect(recalled[0]).toBe('first');
  });

  it("keeps people's conversations apart", async () => {
    await save('mine', {}, ada);
    await save('hers', {}, grace);
    expect(await recall(20, ada)).toEqual(['mine']);
    expect(await recall(20, grace)).toEqual(['hers']);
  });

  it('recalls nothing that is older than the retention', async () => {
    await save('too old', { at: given.clock.at(-hours(24) - 1) });
    await save('old', { at: given.clock.at(-hours(24) + minutes(5)) });
    expect(await recall()).toEqual(['old']);
  });

  it('erases what one person said and counts it', async () => {
    for (const n of [1, 2, 3]) await save(`${n}`);
    await save('hers', {}, grace);
    expect(await given.conversations.flushUserConversations(ada)).toBe(3);
    expect(await given.conversations.flushUserConversations(ada)).toBe(0);
    expect(await recall()).toEqual([]);
    expect(await recall(20, grace)).toEqual(['hers']);
  });

  it('erases what everyone said and counts it', async () => {
    await save('1');
    await save('2');
    await save('hers', {}, grace);
    expect(await given.conversations.flushAllConversations()).toBe(3);
    expect(await given.conversations.flushAllConversations()).toBe(0);
    expect(await recall(20, ada)).toEqual([]);
    expect(await recall(20, grace)).toEqual([]);
  });

  it('erases up to the moment of the flush and not beyond', async () => {
    await save('before', { at: given.clock.at(-1) });
    await save('at the moment', { at: given.clock.at(0) });
    await save('after', { at: given.clock.at(1) });
    expect(await given.conversations.flushUserConversations(ada, { at: given.clock.at(0) })).toBe(2);
    expect(await recall()).toEqual(['after']);
    expect(await given.conversations.flushAllConversations({ at: given.clock.at(1) })).toBe(1);
  });

  // A turn that is under way when its person flushes is stored afterwards.
  it.each([
    ['one person', () => given.conversations.flushUserConversations(ada)],
    ['everyone', () => given.conversations.flushAllConversations()],
  ])('does not keep what arrives late from before a flush of %s', async (_who, flush) => {
    const before = given.clock.at(-seconds(1));
    await save('erased', { at: before, key: 'turn-1' });
    await flush();
    await save('again', { at: before, key: 'turn-1' });
    await save('late', { at: before });
    await save('at the moment', { at: given.clock.at(0) });
    expect(await recall()).toEqual([]);
    await save('new', { at: given.clock.at(1) });
    expect(await recall()).toEqual(['new']);
  });

  it.each([
    ['one person', () => given.conversations.flushUserConversations(ada)],
    ['everyone', () => given.conversations.flushAllConversations()],
  ])('does not keep what a person says first from before a flush of %s', async (_who, flush) => {
    expect(await flush()).toBe(0);
    await save('late', { at: given.clock.at(-1) });
    expect(await recall()).toEqual([]);
  });

  it.each([
    ['one person', (at: Date) => given.conversations.flushUserConversations(ada, { at })],
    ['everyone', (at: Date) => given.conversations.flushAllConversations({ at })],
  ])('remembers the latest flush of %s when an earlier one comes after it', async (_who, flush) => {
    await flush(given.clock.at(0));
    await flush(given.clock.at(-hours(1)));
    await save('late', { at: given.clock.at(-minutes(1)) });
    expect(await recall()).toEqual([]);
  });

  it('lets one person be flushed without touching what others say late', async () => {
    await given.conversations.flushUserConversations(ada);
    await save('late', { at: given.clock.at(-1) }, grace);
    expect(await recall(20, grace)).toEqual(['late']);
  });

  it.each(texts)('keeps %s letter by letter', async (_what, text) => {
    await given.conversations.saveMessage(ada, text, text, text, { key: text });
    expect(await given.conversations.getRecentMessages(ada, 20)).toMatchObject([
      { userMessage: text, aiResponse: text },
    ]);
  });
}
