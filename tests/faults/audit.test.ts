import { describe, expect, it } from 'vitest';
import { audit, whole } from './audit.ts';
import { answerTo, type Sent } from './Correspondence.ts';
import type { Rows } from './readRows.ts';

interface Facts {
  sent: Sent[];
  strays: string[];
  rows: { [Table in keyof Rows]: Rows[Table][number][] };
}

/** Two people, two messages each, all in order. */
function wholeFacts(): Facts {
  const sent = [1, 2, 3, 4].map((number): Sent => {
    const userId = number % 2 === 1 ? '100' : '200';
    const said = { number, id: `900${number}`, text: `message ${number}`, userId, username: `person-${userId}` };
    return { ...said, isCommand: false, answers: [number], apologies: [], refusals: [], waited: 1, workflowCalls: 1 };
  });
  return {
    sent,
    strays: [],
    rows: {
      conversations: sent.map(({ userId, text }) => ({ userId, userMessage: text, aiResponse: answerTo(text) })),
      messageStats: sent.map(({ userId, id }) => ({ userId, messageId: id })),
      turns: sent.map(({ userId, id }) => ({ userId, messageId: id, isFinished: true })),
    },
  };
}

/** The facts with one thing changed about message 1, the first of its person. */
function factsAfter(change: (facts: Facts, first: Sent) => unknown): Facts {
  const facts = wholeFacts();
  change(facts, facts.sent[0] as Sent);
  return facts;
}

const apologise = ({ rows }: Facts, first: Sent) => {
  first.answers.length = 0;
  first.apologies.push(1);
  rows.conversations.shift();
};

describe('an audit', () => {
  it('finds nothing wrong when every message was answered and recorded once', () => {
    const facts = wholeFacts();
    expect(audit(facts, facts.rows)).toEqual({ sums: whole(4), problems: [] });
  });

  it.each<[what: string, change: (facts: Facts, first: Sent) => unknown, problem: RegExp]>([
    ['no answer', (_, first) => first.answers.pop(), /^message 1 of person-100 \(9001\): answered 0×/],
    ['two answers', (_, first) => first.answers.push(9), /answered 2×/],
    ['an apology instead of an answer', apologise, /answered 0×, apologised for 1×/],
    ['an apology besides the answer', (_, first) => first.apologies.push(9), /answered 1×, apologised for 1×/],
    ['an answer after the one to a later message', (_, first) => first.answers.fill(9), /answered after message 3$/],
    ['no call', (_, first) => Object.assign(first, { workflowCalls: 0 }), /workflow called 0×/],
    ['a second call', (_, first) => Object.assign(first, { workflowCalls: 2 }), /workflow called 2×/],
    ['no exchange', ({ rows }) => rows.conversations.shift(), /0 conversations/],
    ['no statistics', ({ rows }) => rows.messageStats.shift(), /0 message_stats/],
    ['no turn', ({ rows }) => rows.turns.shift(), /0 turns/],
    ['a double exchange', ({ rows }) => rows.conversations.push(...rows.conversations.slice(0, 1)), /2 conversations/],
    ['double statistics', ({ rows }) => rows.messageStats.push(...rows.messageStats.slice(0, 1)), /2 message_stats/],
    ['an unfinished turn', ({ rows }) => Object.assign(rows.turns[0] ?? {}, { isFinished: false }), /unfinished$/],
    ['something said to nobody', ({ strays }) => strays.push('the bot said "boo"'), /^the bot said "boo"$/],
    [
      'statistics of no message',
      ({ rows }) => rows.messageStats.push({ userId: '100', messageId: null }),
      /^message_stats has a row that belongs to no message/,
    ],
    [
      'a turn of another person',
      ({ rows }) => rows.turns.push({ userId: '200', messageId: '9001', isFinished: true }),
      /^turns has a row that belongs to no message/,
    ],
  ])('finds %s, and nothing else', (_what, change, problem) => {
    const facts = factsAfter(change);
    expect(audit(facts, facts.rows).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('sees a wrong answer in an exchange as one that is missing and one that belongs to nothing', () => {
    const facts = factsAfter(({ rows }) => Object.assign(rows.conversations[0] ?? {}, { aiResponse: 're: message 2' }));
    expect(audit(facts, facts.rows).problems).toEqual([
      expect.stringMatching(/0 conversations/),
      expect.stringMatching(/^conversations has a row that belongs to no message/),
    ]);
  });

  it('takes an apology for an answer where that is tolerated, but not besides one, and with nothing kept of it', () => {
    const alone = factsAfter(apologise);
    expect(audit(alone, alone.rows, { apologies: true }).problems).toEqual([]);
    const besides = factsAfter((_, first) => first.apologies.push(9));
    expect(audit(besides, besides.rows, { apologies: true }).problems).toHaveLength(1);
    const kept = factsAfter((facts, first) => {
      const [exchange] = facts.rows.conversations;
      apologise(facts, first);
      if (exchange) facts.rows.conversations.push(exchange);
    });
    expect(audit(kept, kept.rows, { apologies: true }).problems).toEqual([expect.stringMatching(/1 conversations/)]);
  });

  it('takes a refusal for an answer where that is tolerated, with nothing kept of it', () => {
    const refuse = ({ rows }: Facts, first: Sent) => {
      first.answers.length = 0;
      first.refusals.push('not now');
      first.workflowCalls = 0;
      for (const table of [rows.conversations, rows.messageStats, rows.turns]) table.shift();
    };
    const refused = factsAfter(refuse);
    expect(audit(refused, refused.rows).problems).toEqual([expect.stringMatching(/refused with "not now"/)]);
    expect(audit(refused, refused.rows, { refusals: true }).problems).toEqual([]);
    const called = factsAfter((facts, first) => {
      refuse(facts, first);
      first.workflowCalls = 1;
    });
    expect(audit(called, called.rows, { refusals: true }).problems).toHaveLength(1);
    const both = factsAfter((_, first) => first.refusals.push('not now'));
    expect(audit(both, both.rows, { refusals: true }).problems).toHaveLength(1);
  });

  it('expects of a command an answer and statistics, and neither a call nor an exchange', () => {
    const command = factsAfter(({ rows }, first) => {
      Object.assign(first, { isCommand: true, workflowCalls: 0 });
      rows.conversations.shift();
    });
    expect(audit(command, command.rows).problems).toEqual([]);
    const called = factsAfter((_, first) => Object.assign(first, { isCommand: true }));
    expect(audit(called, called.rows).problems).toHaveLength(1);
  });

  it('does not mind the order where that is tolerated', () => {
    const late = factsAfter((_, first) => first.answers.fill(9));
    expect(audit(late, late.rows, { anyOrder: true }).problems).toEqual([]);
  });

  it('lets the workflow be called again where that is tolerated, but not never', () => {
    const again = factsAfter((_, first) => Object.assign(first, { workflowCalls: 3 }));
    expect(audit(again, again.rows, { repeatedCalls: true }).problems).toEqual([]);
    const never = factsAfter((_, first) => Object.assign(first, { workflowCalls: 0 }));
    expect(audit(never, never.rows, { repeatedCalls: true }).problems).toHaveLength(1);
  });
});
