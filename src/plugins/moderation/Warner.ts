import { container, UserError } from '@sapphire/framework';
import { DeadlineError, notify, relativeTime } from '#core';
import { findUsername } from './findUsername.ts';
import { inOneLine } from './inOneLine.ts';
import { refuseUnlessOutranked } from './refuseUnlessOutranked.ts';
import { warningId } from './repositories/warningId.ts';
import { suspendedUntil } from './WarningRule.ts';

/** So long that it says everything, so short that the warned person and every list can show it. */
const longestReason = 500;

/** Who is warned, by whom and why. */
export interface WarningOrder {
  /** What it comes of: one warning comes of it, however often it is ordered. `id` has 21 characters at most. */
  readonly because: { readonly id: string; readonly createdTimestamp: number };
  readonly at: Date;
  readonly personId: string;
  /** Discord is asked where it is not known. */
  readonly username?: string | undefined;
  readonly reason: string;
  /** A moderator's Discord id, or `automation`. */
  readonly issuedBy: string;
}

/** Whether the person heard of it; `pending`: it is still tried. */
type Told = 'told' | 'unreachable' | 'pending' | 'failed';

interface OrderedWarning {
  readonly id: string;
  readonly username: string;
  /** How many active warnings the person has now. */
  readonly count: number;
  /** Until when the person cannot chat; undefined when they can. */
  readonly until: Date | undefined;
  /** Never rejects; settles within some seconds. */
  readonly told: Promise<Told>;
}

/** Warns people by the rules, for moderators and for automation, and tells them. */
export class Warner {
  /** @throws UserError ReasonTooLong, OnOneself, OnTheBot, NotOutranked, UnknownPerson, DiscordAway */
  async warn(order: WarningOrder): Promise<OrderedWarning> {
    const { because, at, personId, reason, issuedBy } = order;
    const { warnings, warningRule } = container;
    const length = [...reason].length;
    if (length > longestReason)
      throw new UserError({ identifier: 'ReasonTooLong', context: { length, longest: longestReason } });
    refuseUnlessOutranked(issuedBy, personId);
    const username = order.username ?? (await findUsername(personId));
    const options = { key: `${because.id}:warning`, at };
    const id = warningId(options.key);
    const count = await warnings.addWarning(personId, username, reason, issuedBy, options);
    const told = this.#tell(id, order);
    const until = suspendedUntil(await warnings.getActiveWarnings(personId), warningRule);
    return { id, username, count, until, told };
  }

  // The warning stands, whatever becomes of this.
  async #tell(id: string, { because, at, personId, reason }: WarningOrder): Promise<Told> {
    const { client, log, warningRule } = container;
    const end = relativeTime(new Date(at.getTime() + warningRule.expiry));
    const text = [
      `You were warned: ${inOneLine(reason)}`,
      `The warning (\`${id}\`) expires ${end}. \`${client.options.defaultPrefix}warnings\` shows all that count.`,
    ].join('\n');
    try {
      return (await notify(personId, text, because)) ? 'told' : 'unreachable';
    } catch (error) {
      if (error instanceof DeadlineError) return 'pending';
      log.warn({ err: error, warning: id }, 'A warned person could not be told.');
      return 'failed';
    }
  }
}
