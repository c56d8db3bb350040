import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoadedPage, renderWarnings } from '../../../src/plugins/moderation/pages/renderWarnings.ts';
import { fromCustomId, toCustomId, type WarningsView } from '../../../src/plugins/moderation/pages/WarningsView.ts';
import type { PersonalWarning } from '../../../src/plugins/moderation/repositories/WarningRepository.ts';

const ada = '100000000000000001';
const moderator = '300000000000000001';
const now = new Date('2026-11-22T12:00:00Z');
const everyones: WarningsView = { asker: moderator, whom: undefined, isWhole: false, page: 0 };
const warning = (change: Partial<PersonalWarning> = {}): PersonalWarning => ({
  discordId: ada,
  username: 'ada',
  id: 'abcdefgh',
  reason: 'spam',
  issuedBy: moderator,
  createdAt: new Date(now.getTime() - 5_000),
  expiresAt: new Date(now.getTime() + 5_000),
  ...change,
});
const render = (change: Partial<LoadedPage>) =>
  renderWarnings({ view: everyones, total: 1, warnings: [warning()], now, notes: [], ...change });
const seconds = now.getTime() / 1_000;

describe('a page of warnings', () => {
  it('names the person, the moderator, the times and the reason', () => {
    expect(render({}).content).toBe(
      `There is 1 active warning.\n- \`abcdefgh\` ada by <@${moderator}> <t:${seconds - 5}:R>, expires <t:${seconds + 5}:R>: spam`,
    );
  });

  it('tells a warning that expired in this very millisecond from one that expires in the next', () => {
    const ends = (ms: number) => render({ warnings: [warning({ expiresAt: new Date(now.getTime() + ms) })] }).content;
    expect(ends(0)).toContain(', expired <t:');
    expect(ends(1)).toContain(', expires <t:');
  });

  it('shows somebody whose name is not known as a mention, and the automation by its name', () => {
    expect(render({ warnings: [warning({ username: '', issuedBy: 'automation' })] }).content).toContain(
      `\`abcdefgh\` <@${ada}> by automation <t:`,
    );
  });

  it('is one line for each warning, whatever reasons and names hold', () => {
    const nasty = 'a\n# b\r\n```\u2028c | d `e`';
    const { content } = render({ warnings: [warning({ reason: nasty, username: '**x** _y_' }), warning()], total: 2 });
    const lines = content.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('\\*\\*x\\*\\*');
    expect(lines[1]).toMatch(/: a # b \\`\\`\\` c \\\| d \\`e\\`$/);
  });

  it('has notes and the page’s number below', () => {
    const view = { ...everyones, page: 2 };
    expect(render({ view, total: 21, notes: ['A note.'] }).content).toMatch(/: spam\nA note\.\nPage 3 of 3$/);
  });

  it.each([
    [0, 11, [true, false]],
    [1, 21, [false, false]],
    [2, 21, [false, true]],
  ])('page %i of %i warnings has buttons for what is before and after it', (page, total, disabled) => {
    const [row] = render({ view: { ...everyones, page }, total }).components;
    const buttons = row?.toJSON().components ?? [];
    expect(buttons.map((button) => button.disabled)).toEqual(disabled);
    const pages = buttons.map((button) => fromCustomId((button as { custom_id: string }).custom_id)?.page);
    expect(pages).toEqual([page === 0 ? undefined : page - 1, page + 1]);
  });

  it('has no buttons up to ten warnings', () => {
    expect(render({ total: 10 }).components).toEqual([]);
    expect(render({ total: 11 }).components).toHaveLength(1);
  });

  it('is one message, and shows short reasons whole', () => {
    const reason = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ minLength: 400, maxLength: 500, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(reason, { minLength: 1, maxLength: 10 }), (reasons) => {
        const warnings = reasons.map((text) =>
          warning({ reason: text, username: '_'.repeat(32), revokedBy: moderator }),
        );
        const view = { ...everyones, whom: ada, isWhole: true };
        const { content } = render({ view, warnings, total: 999, notes: ['A note.'] });
        expect(content.length).toBeLessThanOrEqual(2_000);
        expect(content.isWellFormed()).toBe(reasons.every((text) => text.isWellFormed()));
      }),
      // Long texts take for ever to be made simpler.
      { endOnFailure: true },
    );
    const long = render({ warnings: [warning({ reason: 'x'.repeat(3_000) }), warning({ reason: 'short' })], total: 2 });
    expect(long.content).toHaveLength(2_000);
    expect(long.content).toMatch(/x…\n.*: short$/);
  });
});

describe('a view in a button', () => {
  it('is the same again, in at most 100 characters', () => {
    const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    const view = fc.record({
      asker: id,
      whom: fc.option(id, { nil: undefined }),
      isWhole: fc.boolean(),
      page: fc.nat(999_999_999),
    });
    fc.assert(
      fc.property(view, (one) => {
        expect(fromCustomId(toCustomId(one))).toEqual(one);
        expect(toCustomId(one).length).toBeLessThanOrEqual(100);
      }),
    );
  });

  it.each([
    '',
    'warnings',
    'warnings:1:2:active:-1',
    'warnings:1:2:some:1',
    'stats:1:2:active:1',
    'warnings:1:2:all:1:2',
  ])('is none: %s', (customId) => expect(fromCustomId(customId)).toBeUndefined());
});
