import { answerTo, type Sent } from './Correspondence.ts';
import type { Rows } from './readRows.ts';

/** For how many messages something is there not at all, once, or more often. */
interface Tally {
  never: number;
  once: number;
  more: number;
}

/** The sums of a fault test. */
export interface Sums {
  sent: number;
  answers: Tally;
  apologies: Tally;
  refusals: Tally;
  workflowCalls: Tally;
  conversations: Tally;
  messageStats: Tally;
  turns: Tally;
  unfinishedTurns: number;
  outOfOrder: number;
}

export interface Audit {
  readonly sums: Sums;
  /** A line for each message that something is wrong with, and for each thing that belongs to no message. */
  readonly problems: readonly string[];
}

/** What a scenario tolerates; nothing by default. */
export interface Tolerance {
  /** The one apology is an answer: nothing is kept in `conversations` then. */
  apologies?: boolean;
  /** The one refusal is an answer: nothing is kept of the message then. */
  refusals?: boolean;
  /** The workflow may be called again for a message, as after a crash. */
  repeatedCalls?: boolean;
  /** Two instances answered without knowing of each other, or a crash came between. */
  anyOrder?: boolean;
}

/** The sums when each of so many messages was answered once, in order, and recorded once. */
export function whole(sent: number): Sums {
  const each = { never: 0, once: sent, more: 0 };
  const none = { never: sent, once: 0, more: 0 };
  const recorded = { conversations: each, messageStats: each, turns: each, unfinishedTurns: 0 };
  return { sent, answers: each, apologies: none, refusals: none, workflowCalls: each, ...recorded, outOfOrder: 0 };
}

/** Compares what was said with what was answered, called and stored. */
export function audit(
  { sent, strays }: { sent: readonly Sent[]; strays: readonly string[] },
  rows: Rows,
  tolerance: Tolerance = {},
): Audit {
  const byId = new Map(sent.map((message) => [message.id, message]));
  const byText = new Map(sent.map((message) => [message.text, message]));
  const unknown = [...strays];

  // How many rows each message has; those that belong to no message of their person are strays.
  const count = <Row extends { userId: string }>(
    table: string,
    all: readonly Row[],
    of: (row: Row) => Sent | undefined,
  ) => {
    const counts = new Map<Sent, number>();
    for (const row of all) {
      const message = of(row);
      if (message?.userId === row.userId) counts.set(message, (counts.get(message) ?? 0) + 1);
      else unknown.push(`${table} has a row that belongs to no message: ${JSON.stringify(row)}`);
    }
    return (message: Sent): number => counts.get(message) ?? 0;
  };
  const conversations = count('conversations', rows.conversations, ({ userMessage, aiResponse }) =>
    aiResponse === answerTo(userMessage) ? byText.get(userMessage) : undefined,
  );
  const messageStats = count('message_stats', rows.messageStats, ({ messageId }) => byId.get(messageId ?? ''));
  const turns = count('turns', rows.turns, ({ messageId }) => byId.get(messageId));
  const unfinished = new Set(rows.turns.filter(({ isFinished }) => !isFinished).map(({ messageId }) => messageId));
  const overtaken = tolerance.anyOrder ? new Map<Sent, Sent>() : findOvertaken(sent);

  const tally = (of: (message: Sent) => number): Tally => {
    const counts = sent.map(of);
    return {
      never: counts.filter((times) => times === 0).length,
      once: counts.filter((times) => times === 1).length,
      more: counts.filter((times) => times > 1).length,
    };
  };
  const isRefused = ({ answers, apologies, refusals }: Sent): boolean =>
    tolerance.refusals === true && refusals.length === 1 && answers.length + apologies.length === 0;
  const isWhole = (message: Sent): boolean => {
    const { answers, apologies, refusals, isCommand, workflowCalls: calls } = message;
    if (unfinished.has(message.id) || overtaken.has(message)) return false;
    if (isRefused(message))
      return (
        conversations(message) + messageStats(message) === 0 &&
        turns(message) <= 1 &&
        // Another instance may have let it in, and was not first to answer.
        (calls === 0 || tolerance.repeatedCalls === true)
      );
    const isApology = tolerance.apologies === true && answers.length === 0;
    const isAnswered = answers.length + apologies.length === 1 && refusals.length === 0;
    const callsAreRight = isCommand
      ? calls === 0
      : calls === 1 || (isApology && calls === 0) || (tolerance.repeatedCalls === true && calls > 1);
    return (
      isAnswered &&
      (answers.length === 1 || isApology) &&
      callsAreRight &&
      conversations(message) === (isApology || isCommand ? 0 : 1) &&
      messageStats(message) === 1 &&
      turns(message) === 1
    );
  };
  const describe = (message: Sent): string =>
    [
      `message ${message.number} of ${message.username} (${message.id}): answered ${message.answers.length}×`,
      `apologised for ${message.apologies.length}×`,
      ...message.refusals.map((text) => `refused with ${JSON.stringify(text)}`),
      `workflow called ${message.workflowCalls}×`,
      `rows: ${conversations(message)} conversations, ${messageStats(message)} message_stats, ${turns(message)} turns`,
      ...(unfinished.has(message.id) ? ['its turn is unfinished'] : []),
      ...(overtaken.has(message) ? [`answered after message ${overtaken.get(message)?.number}`] : []),
    ].join(', ');
  return {
    sums: {
      sent: sent.length,
      answers: tally(({ answers }) => answers.length),
      apologies: tally(({ apologies }) => apologies.length),
      refusals: tally(({ refusals }) => refusals.length),
      workflowCalls: tally(({ workflowCalls }) => workflowCalls),
      conversations: tally(conversations),
      messageStats: tally(messageStats),
      turns: tally(turns),
      unfinishedTurns: unfinished.size,
      outOfOrder: overtaken.size,
    },
    problems: [...sent.filter((message) => !isWhole(message)).map(describe), ...unknown],
  };
}

/** The messages that were answered after a later message of the same person, each with that one. */
function findOvertaken(sent: readonly Sent[]): Map<Sent, Sent> {
  const overtaken = new Map<Sent, Sent>();
  const firstReaction = ({ answers, apologies }: Sent) => Math.min(...answers, ...apologies);
  // Commands do not wait behind chats, nor chats behind commands.
  const chats = sent.filter(({ isCommand }) => !isCommand);
  for (const ofOne of Map.groupBy(chats, ({ userId }) => userId).values()) {
    const inOrderOfAnswers = ofOne
      .filter((message) => firstReaction(message) < Number.POSITIVE_INFINITY)
      .toSorted((a, b) => firstReaction(a) - firstReaction(b));
    let latest: Sent | undefined;
    for (const message of inOrderOfAnswers) {
      if (latest && message.number < latest.number) overtaken.set(message, latest);
      else latest = message;
    }
  }
  return overtaken;
}
