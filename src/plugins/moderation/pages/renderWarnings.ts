import { ActionRowBuilder, ButtonBuilder, ButtonStyle, escapeMarkdown } from 'discord.js';
import { relativeTime } from '#core';
import { inOneLine } from '../inOneLine.ts';
import type { IssuedWarning, PersonalWarning } from '../repositories/WarningRepository.ts';
import { fitTexts } from './fitTexts.ts';
import { toCustomId, type WarningsView } from './WarningsView.ts';

/** So many warnings are shown at a time. */
export const pageSize = 10;

/** What a message holds at most: https://discord.com/developers/docs/resources/message#create-message */
const room = 2_000;

/** One page of warnings, newest first. */
export interface LoadedPage {
  /** The view as it could be had: a page that is not there any more is the last one. */
  readonly view: WarningsView;
  /** Warnings on all pages together. */
  readonly total: number;
  readonly warnings: readonly (IssuedWarning | PersonalWarning)[];
  readonly now: Date;
  /** Sentences that belong below. */
  readonly notes: readonly string[];
}

/** What the asker reads, in one message, with buttons where there are more pages than one. */
export function renderWarnings({ view, total, warnings, now, notes }: LoadedPage) {
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const below = [...notes, ...(pages > 1 ? [`Page ${view.page + 1} of ${pages}`] : [])];
  const heads = warnings.map((warning) => head(warning, view, now));
  const fixed = [title(view, total), ...heads, ...below].join('\n');
  const reasons = fitTexts(
    warnings.map(({ reason }) => inOneLine(reason)),
    room - fixed.length,
  );
  const lines = [title(view, total), ...heads.map((text, n) => text + reasons[n]), ...below];
  return { content: lines.join('\n'), components: pages > 1 ? [buttons(view, pages)] : [] };
}

function title({ asker, whom, isWhole }: WarningsView, total: number): string {
  const warnings = `${total === 0 ? 'no' : total}${isWhole ? '' : ' active'} ${total === 1 ? 'warning' : 'warnings'}`;
  const record = isWhole ? ' on record' : '';
  if (whom === undefined) return `There ${total === 1 ? 'is' : 'are'} ${warnings}.`;
  return whom === asker ? `You have ${warnings}${record}.` : `<@${whom}> has ${warnings}${record}.`;
}

// Who warned is for moderators; people see their own warnings without it.
function head(warning: IssuedWarning | PersonalWarning, view: WarningsView, now: Date): string {
  const { id, issuedBy, createdAt, expiresAt, revokedBy } = warning;
  const isOwn = view.whom === view.asker && !view.isWhole;
  const end = expiresAt > now ? 'expires' : revokedBy === undefined ? 'expired' : `revoked by ${actor(revokedBy)}`;
  const person = 'discordId' in warning ? ` ${nameOf(warning)}` : '';
  const by = isOwn ? '' : ` by ${actor(issuedBy)}`;
  return `- \`${id}\`${person}${by} ${relativeTime(createdAt)}, ${end} ${relativeTime(expiresAt)}: `;
}

const actor = (id: string): string => (/^\d+$/.test(id) ? `<@${id}>` : inOneLine(id));

const nameOf = ({ username, discordId }: PersonalWarning): string =>
  username === '' || username === discordId ? `<@${discordId}>` : escapeMarkdown(username.slice(0, 32));

function buttons(view: WarningsView, pages: number): ActionRowBuilder<ButtonBuilder> {
  const button = (label: string, page: number): ButtonBuilder =>
    new ButtonBuilder()
      .setStyle(ButtonStyle.Secondary)
      .setLabel(label)
      .setCustomId(toCustomId({ ...view, page }))
      .setDisabled(page < 0 || page >= pages);
  return new ActionRowBuilder<ButtonBuilder>().addComponents(
    button('◀ Newer', view.page - 1),
    button('Older ▶', view.page + 1),
  );
}
