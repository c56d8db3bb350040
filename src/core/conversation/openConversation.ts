import type { Client } from 'discord.js';
import type { Database } from '../database/Database.ts';
import { DirectMessages } from '../discord/DirectMessages.ts';
import { evict } from '../discord/evict.ts';
import { HeldChannels } from '../discord/HeldChannels.ts';
import type { Log } from '../log/createLog.ts';
import type { Clock } from '../time.ts';
import { CatchUp } from './CatchUp.ts';
import { ConversationPipeline, type Wording } from './ConversationPipeline.ts';
import { Gate } from './Gate.ts';
import { HookRunner } from './HookRunner.ts';
import type { BoundHooks } from './Hooks.ts';
import { hookDeadlines } from './hookDeadlines.ts';
import { Intake } from './Intake.ts';
import { LateAnswers } from './LateAnswers.ts';
import { Lease } from './Lease.ts';
import { TurnLedger } from './TurnLedger.ts';
import { TurnTable } from './TurnTable.ts';

export interface ConversationOptions {
  readonly database: Database;
  /** Names this instance among those that share the database. */
  readonly instance: string;
  readonly client: Client;
  /** Settles when the bot is logged in. */
  readonly live: Promise<unknown>;
  readonly hooks: readonly BoundHooks[];
  /** Milliseconds that one call of the database may take. */
  readonly patience?: number;
  readonly wording: Wording;
  readonly clock: Clock;
  readonly log: Log;
}

/** Puts together what deals with messages: who takes them on, what becomes of them, and what was missed. */
export function openConversation({ hooks: plugins, patience = 0, wording, ...shared }: ConversationOptions) {
  const { database, instance, client, log } = shared;
  const table = new TurnTable(database);
  const gate = new Gate();
  const channels = new HeldChannels((channelId, userId) => evict(client, channelId, userId));
  const lease = new Lease({ database, table, instance, gate, log });
  const ledger = new TurnLedger({ database, table, lease, instance, log });
  const intake = new Intake(ledger, log, channels, gate);
  const hooks = new HookRunner(plugins, log, hookDeadlines(patience));
  const messages = new DirectMessages(client);
  const taking = { ...shared, messages, intake, ledger, hooks, wording };
  const late = new LateAnswers({ ...taking, table });
  const conversation = new ConversationPipeline({ ...taking, late });
  const catchUp = new CatchUp({ ...shared, messages, channels, table, ledger, intake, conversation, late });
  return {
    intake,
    conversation,
    /** Goes on with what an earlier run left, and takes what comes from now on. */
    async start(): Promise<void> {
      await catchUp.takeLeftovers();
      await lease.start((turns) => catchUp.resume(turns));
      catchUp.start();
    },
    /** Looks no longer for what was missed. */
    stopCatchUp: (): void => catchUp.stop(),
    /** Leaves what comes from now on to other instances, and answers what is in hand, for so many milliseconds at most. */
    async leave(milliseconds: number): Promise<void> {
      await lease.leave();
      await intake.drain(milliseconds);
    },
    /** Gives back what is left. */
    async stop(): Promise<void> {
      late.stop();
      await lease.stop();
    },
  };
}
