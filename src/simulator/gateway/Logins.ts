import { GatewayCloseCodes } from 'discord.js';
import type { Faults } from '../Faults.ts';
import type { Connection } from './Connection.ts';
import { control } from './control.ts';
import { readIdentify, readResume } from './credentials.ts';
import { areIntents } from './intents.ts';
import type { Session } from './Session.ts';
import type { Sessions } from './Sessions.ts';

/** What decides who gets in. */
export interface LoginRules {
  token: string;
  faults: Faults;
  sessions: Sessions;
}

/** Lets bots in, or turns them away with the close code they earned: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway */
export class Logins {
  readonly #rules: LoginRules;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  /** The new session; undefined when the bot was turned away. */
  identify(connection: Connection, data: unknown): Session | undefined {
    const { token, intents, shard } = readIdentify(data);
    const refusal = this.#rules.faults.loginCloseCode;
    if (refusal !== undefined) connection.close(refusal);
    else if (token !== this.#rules.token) this.#refuseToken(connection);
    else if (shard === undefined) connection.close(GatewayCloseCodes.InvalidShard, 'Invalid shard.');
    else if (!areIntents(intents)) connection.close(GatewayCloseCodes.InvalidIntents, 'Invalid intent(s).');
    else {
      const session = this.#rules.sessions.start(intents, shard);
      session.attach(connection);
      return session;
    }
    return undefined;
  }

  /** The session that goes on, with all that was missed replayed; undefined when there is nothing to go on with. */
  resume(connection: Connection, data: unknown): Session | undefined {
    const { token, sessionId, sequence } = readResume(data);
    const session = this.#rules.sessions.find(sessionId);
    if (token !== this.#rules.token) {
      this.#refuseToken(connection);
      return undefined;
    }
    if (session?.canReplayFrom(sequence) && sequence <= session.sequence) {
      session.connection?.terminate();
      session.resume(connection, sequence);
      return session;
    }
    this.#rules.sessions.end(sessionId);
    if (session && sequence > session.sequence) connection.close(GatewayCloseCodes.InvalidSeq, 'Invalid seq.');
    else connection.send(control.invalidSession(false));
    return undefined;
  }

  #refuseToken(connection: Connection): void {
    connection.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
  }
}
