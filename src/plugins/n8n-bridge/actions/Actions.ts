import { UserError } from '@sapphire/framework';
import { SnowflakeUtil } from 'discord.js';
import { eventTime, type PluginContext, seconds, type Turn, withDeadline } from '#core';
import { type Action, type ActionType, readAction } from './Action.ts';
import { mostActions } from './excerptOf.ts';
import { plainType } from './plainType.ts';

/** Whose turn it is. Discord is asked for the name, where it is not known, before anything is carried out. */
export type ActingTurn = Pick<Turn, 'id' | 'userId'> & {
  readonly username?: string | undefined;
  readonly at?: Date;
};

/** Milliseconds that an answer waits for its actions, as long as for a call of the database; slower ones go on after it. */
const patience = seconds(2);

/** What commands are called that do the same, for the statistics. */
const commandNames = { warn: 'warn', flushMemory: 'flushmemory' } as const satisfies Record<ActionType, string>;

/** An action and what names it, so that it is carried out once however often the turn is repeated. */
interface Named<Which extends Action = Action> {
  readonly id: string;
  readonly action: Which;
  readonly username: string;
}

/** Carries out what replies ask for beside their text, on the person of the turn and nobody else. */
export class Actions {
  readonly #allowed: ReadonlySet<string>;
  readonly #container: PluginContext['container'];
  readonly #log: PluginContext['log'];

  /** None is carried out but the allowed ones. */
  constructor(allowed: readonly ActionType[], { container, log }: Pick<PluginContext, 'container' | 'log'>) {
    this.#allowed = new Set(allowed);
    this.#container = container;
    this.#log = log;
  }

  /** Carries out what a reply's `actions` held, whatever that is. Never rejects. */
  async carryOut(turn: ActingTurn, given: unknown): Promise<void> {
    if (given === undefined || given === null) return;
    if (!Array.isArray(given)) return this.#ignore(turn, given, 'The actions are no list; they are ignored.');
    if (given.length > mostActions)
      this.#log.warn({ turnId: turn.id }, `A reply may ask for ${mostActions} actions; the others are ignored.`);
    const actions = [...given.slice(0, mostActions).entries()].flatMap(([number, each]) => {
      const action = this.#read(turn, each);
      return action ? [{ number, action }] : [];
    });
    if (actions.length === 0) return;
    try {
      await withDeadline(this.#carryOut(turn, actions), patience);
    } catch (error) {
      this.#log.warn({ err: error, turnId: turn.id }, 'Actions take longer; the answer does not wait for them.');
    }
  }

  #read(turn: ActingTurn, given: unknown): Action | undefined {
    const action = readAction(given);
    if (!action) this.#ignore(turn, given, 'An action is unknown or lacks what it needs; it is ignored.');
    else if (!this.#allowed.has(action.type))
      this.#ignore(turn, given, 'An action is not allowed, so it is ignored: N8N_ACTIONS lists those that are.');
    else return action;
    return undefined;
  }

  #ignore({ id: turnId }: ActingTurn, given: unknown, why: string): void {
    this.#log.warn({ turnId, type: plainType(given) }, why);
  }

  async #carryOut(turn: ActingTurn, actions: readonly { number: number; action: Action }[]): Promise<void> {
    const username = turn.username ?? (await this.#nameOf(turn));
    if (username === undefined) return;
    // Short enough for a nonce of Discord's.
    const named = actions.map(({ number, action }) => ({ id: `${turn.id}a${number}`, action, username }));
    await Promise.all(named.map((each) => this.#try(turn, each)));
  }

  async #nameOf({ id: turnId, userId }: ActingTurn): Promise<string | undefined> {
    try {
      return (await this.#container.client.users.fetch(userId, { cache: false })).username;
    } catch (error) {
      this.#log.error(
        { err: error, turnId },
        'Actions cannot be carried out: Discord does not tell who the person is.',
      );
      return undefined;
    }
  }

  async #try(turn: ActingTurn, named: Named): Promise<void> {
    const { id, action, username } = named;
    const { type } = action;
    const { analytics, clock } = this.#container;
    const about = { turnId: turn.id, type };
    let success = false;
    try {
      success = await (action.type === 'warn' ? this.#warn(turn, { ...named, action }) : this.#flushMemory(turn, id));
      if (success) this.#log.info(about, 'Automation carried an action out.');
    } catch (error) {
      if (error instanceof UserError)
        this.#log.warn({ ...about, refusal: error.identifier }, 'The rules do not allow an action; it is ignored.');
      else this.#log.error({ err: error, ...about }, 'An action failed; the answer is given all the same.');
    }
    try {
      const options = { key: `${id}:command`, at: eventTime(writtenAt(turn), clock.now()) };
      await analytics?.logCommand(turn.userId, username, commandNames[type], true, success, options);
    } catch (error) {
      this.#log.error({ err: error, ...about }, 'An action could not be counted.');
    }
  }

  async #warn(turn: ActingTurn, { id, action, username }: Named<Extract<Action, { type: 'warn' }>>): Promise<boolean> {
    const { clock, warner } = this.#container;
    if (!warner) throw new Error('Nobody can be warned: add the plugin moderation to sapphire.config.ts.');
    const createdTimestamp = writtenAt(turn);
    await warner.warn({
      because: { id, createdTimestamp },
      at: eventTime(createdTimestamp, clock.now()),
      personId: turn.userId,
      username,
      reason: action.reason,
      issuedBy: 'automation',
    });
    return true;
  }

  async #flushMemory(turn: ActingTurn, key: string): Promise<boolean> {
    const { clock, conversation } = this.#container;
    const now = clock.now();
    // This turn's exchange goes too, which bears the time of its message; what waits behind it stays. An answer that came
    // another way may be one of long ago; Discord's clock may be ahead of ours.
    const at = turn.at ?? new Date(Math.max(now, eventTime(writtenAt(turn), now).getTime()));
    const { failed } = await conversation.forget({ userId: turn.userId, scope: 'conversations', at, key });
    if (failed.length > 0)
      this.#log.warn({ turnId: turn.id, failed }, 'Automation could not reach all that is kept of a conversation.');
    return failed.length === 0;
  }
}

const writtenAt = ({ id }: ActingTurn): number => SnowflakeUtil.timestampFrom(id);
