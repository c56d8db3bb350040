import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { days, startTestBot, type TestBot } from '#testing';
import { wishList } from '../../../src/plugins/wish-list/plugin.ts';

describe('wish-list', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ plugins: [wishList()], environment: { WISH_LIST_MAX: '3' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('keeps what a person adds, shows it with numbers, and takes it off again', async () => {
    const ada = bot.user('ada');
    expect(await ada.says('!wishlist')).toBeAnsweredWith('There is nothing on your list.');
    expect(await ada.says('!wishlistadd a  red "balloon"')).toBeAnsweredWith(
      'That is number 1 on your list, which holds 3.',
    );
    await ada.says('!wishlistadd a kite');
    expect(await ada.says('!wishlist')).toBeAnsweredWith('1. a red "balloon"\n2. a kite');
    expect(await ada.says('!wishlist remove 1')).toBeAnsweredWith('I took this off your list: a red "balloon"');
    expect(await ada.says('!wishlist')).toBeAnsweredWith('1. a kite');
    expect(await bot.user('grace').says('!wishlist')).toBeAnsweredWith('There is nothing on your list.');
  });

  it.each([
    ['nothing to add', '!wishlistadd', /Write it like this: `!wishlistadd <text>`$/],
    ['too much', `!wishlistadd ${'x'.repeat(201)}`, /^An entry may have 200 characters\. Write it like this:/],
    ['no number', '!wishlist remove', /Write it like this: `!wishlist \[remove <number>\]`$/],
    ['a number that is not there', '!wishlist remove 1', /^There is nothing on your list\. Write it like this:/],
    ['an unknown word', '!wishlist delete 1', /^Behind the command I know `remove` only\. Write it like this:/],
  ])('says what is wrong with %s', async (_what, written, answer) => {
    expect(await bot.user().says(written)).toBeAnsweredWith(answer);
  });

  it('lets nobody put more on a list than it holds', async () => {
    const ada = bot.user();
    for (const thing of ['one', 'two', 'three']) await ada.says(`!wishlistadd ${thing}`);
    expect(await ada.says('!wishlistadd four')).toBeRefusedAs('WishListFull', /^Your list is full: it holds 3\./);
    await ada.says('!wishlist remove 2');
    expect(await ada.says('!wishlistadd four')).toBeAnsweredWith(/^That is number 3/);
  });

  it('shows a person what it keeps of them, and erases it when they want that', async () => {
    const [ada, grace] = [bot.user(), bot.user()];
    await ada.says('!wishlistadd a secret');
    await grace.says('!wishlistadd something else');
    const [file] = (await ada.says('!mydata')).files;
    expect(JSON.parse((await file?.text()) ?? '')).toMatchObject({ wishList: [{ text: 'a secret' }] });
    await ada.says('!forgetme confirm');
    await expect(bot.database).toHaveRows('wish_list_entries', 0, { text: 'a secret' });
    await expect(bot.database).toHaveRows('wish_list_entries', 1, { text: 'something else' });
    expect(await ada.says('!wishlist')).toBeAnsweredWith('There is nothing on your list.');
  });

  it.skipIf(!inject('postgres'))('goes on while the database is away, and brings in what changed', async () => {
    const ada = bot.user();
    await ada.says('!wishlistadd before');
    await bot.restart();
    // What the mirror does not know it learns when the database is asked.
    await ada.says('!wishlist');
    await bot.database.goDown();
    expect(await ada.says('!wishlistadd meanwhile')).toBeAnsweredWith(/^That is number 2/);
    expect(await ada.says('!wishlist')).toBeAnsweredWith('1. before\n2. meanwhile');
    await ada.says('!wishlist remove 1');
    await bot.database.comeBack();
    expect(await ada.says('!wishlist')).toBeAnsweredWith('1. meanwhile');
    await expect(bot.database).toHaveRows('wish_list_entries', 0, { text: 'before' });
    await expect(bot.database).toHaveRows('wish_list_entries', 1, { text: 'meanwhile' });
  });

  it('shows nothing that is older than 90 days, and removes it', async () => {
    const ada = bot.user();
    await ada.says('!wishlistadd too old');
    await bot.clock.advance(days(90));
    await ada.says('!wishlistadd new');
    expect(await ada.says('!wishlist')).toBeAnsweredWith('1. new');
    await bot.runTask('removeOldWishListEntries');
    await expect(bot.database).toHaveRows('wish_list_entries', 0, { text: 'too old' });
    await expect(bot.database).toHaveRows('wish_list_entries', 1, { text: 'new' });
  });
});
