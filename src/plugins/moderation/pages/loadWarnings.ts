import { container } from '@sapphire/framework';
import { relativeTime } from '#core';
import { suspendedUntil } from '../WarningRule.ts';
import { type LoadedPage, pageSize } from './renderWarnings.ts';
import type { WarningsView } from './WarningsView.ts';

/** Finds what a view shows. */
export async function loadWarnings(view: WarningsView): Promise<LoadedPage> {
  const { clock, database } = container;
  const page = view.whom === undefined ? await everyones(view) : await of(view.whom, view);
  const isRemembered = !database.isOpen(view.whom);
  const notes = isRemembered ? ['The database does not answer right now: this is what I remember.'] : [];
  return { ...page, now: new Date(clock.now()), notes: [...page.notes, ...notes] };
}

/** Whether somebody may see a view: only who asked, and only their own warnings unless they are a moderator. */
export const maySee = (userId: string, { asker, whom, isWhole }: WarningsView): boolean =>
  userId === asker && (container.roles.isModerator(userId) || (whom === userId && !isWhole));

async function everyones(view: WarningsView): Promise<Omit<LoadedPage, 'now'>> {
  const { warnings } = container;
  const found = await warnings.getAllActiveWarnings(view.page * pageSize, pageSize);
  const last = lastPage(found.total);
  if (view.page > last) return everyones({ ...view, page: last });
  return { ...found, view, notes: [] };
}

async function of(whom: string, view: WarningsView): Promise<Omit<LoadedPage, 'now'>> {
  const { warningRule, warnings } = container;
  const all = await warnings.getWarningHistory(whom, view.isWhole);
  const page = Math.min(view.page, lastPage(all.length));
  const until = view.isWhole ? undefined : suspendedUntil(all, warningRule);
  return {
    view: { ...view, page },
    total: all.length,
    warnings: all.slice(page * pageSize, (page + 1) * pageSize),
    notes: until ? [`Chatting is possible again ${relativeTime(until)}.`] : [],
  };
}

const lastPage = (total: number): number => Math.max(0, Math.ceil(total / pageSize) - 1);
