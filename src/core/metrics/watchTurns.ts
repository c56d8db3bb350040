import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type StageEvent, turnChannel, turnOutcomes } from '../conversation/stages.ts';
import { durationBuckets } from './durationBuckets.ts';

/** What is no turn of the conversation, or not of this instance: it says nothing of how long people wait. */
const others: ReadonlySet<string | undefined> = new Set(['command', 'elsewhere', 'hint', 'not taken on']);
/** An identifier is a word of the code; whatever else a plugin takes for one is not shown, and no more than so many. */
const identifier = /^[A-Za-z]{1,40}$/;
const mostIdentifiers = 50;

/** Counts and times turns in a bot's metrics, until the returned function is called. */
export function watchTurns(metrics: Registry, intake: { readonly inHand: number }): () => void {
  const registers = [metrics];
  const turns = new Counter({
    name: 'steward_turns_total',
    help: 'Messages by how they ended.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of turnOutcomes) turns.inc({ outcome }, 0);
  const refusals = new Counter({
    name: 'steward_turn_refusals_total',
    help: 'Messages that were refused, by the identifier of the refusal. Commands count elsewhere.',
    labelNames: ['identifier'],
    registers,
  });
  const duration = new Histogram({
    name: 'steward_turn_duration_seconds',
    help: 'From the arrival of a chat until it has been dealt with, its place in line included.',
    buckets: durationBuckets,
    registers,
  });
  const stages = new Histogram({
    name: 'steward_turn_stage_duration_seconds',
    help: 'How long each stage of a turn took.',
    labelNames: ['stage'],
    buckets: durationBuckets,
    registers,
  });
  new Gauge({
    name: 'steward_turns_in_hand',
    help: 'Messages that were taken on and are not dealt with yet.',
    registers,
    collect() {
      this.set(intake.inHand);
    },
  });
  const known = new Set<string>();
  const nameOf = (reason = ''): string => {
    if (!identifier.test(reason) || (!known.has(reason) && known.size === mostIdentifiers)) return 'other';
    known.add(reason);
    return reason;
  };
  const onStage = (message: unknown): void => {
    const { stage, duration: milliseconds, outcome, reason } = message as StageEvent;
    if (stage !== 'turn') {
      stages.observe({ stage }, milliseconds / 1_000);
      return;
    }
    turns.inc({ outcome: String(outcome) });
    if (outcome === 'refused') refusals.inc({ identifier: nameOf(reason) });
    if (!others.has(outcome)) duration.observe(milliseconds / 1_000);
  };
  turnChannel.subscribe(onStage);
  return () => void turnChannel.unsubscribe(onStage);
}
