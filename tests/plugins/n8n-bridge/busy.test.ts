import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callingAt, failure, metric, serve, turnOf } from './surroundings.ts';

/** An n8n that answers when it is told to; who asked, in the order of arrival. */
async function slowWorkflow() {
  const asked: string[] = [];
  const open: ServerResponse[] = [];
  let onCall: (() => void) | undefined;
  const url = await serve(async (request, response) => {
    asked.push(JSON.parse((await request.toArray()).join('')).turnId);
    open.push(response);
    onCall?.();
  });
  const reached = async (calls: number): Promise<void> => {
    while (asked.length < calls) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onCall = resolve;
      await promise;
    }
  };
  const answerNext = (): void => void open.shift()?.end('{"output":"Hi"}');
  return { url, asked, reached, answerNext };
}

describe('a workflow that is slower than people write', () => {
  it('gets so many calls at a time, and the person with one turn is not behind the one with a hundred', async () => {
    const { url, asked, reached, answerNext } = await slowWorkflow();
    const { workflow, metrics } = callingAt(url, { maxConcurrent: 2 });
    const all = Array.from({ length: 100 }, (_, n) => workflow.call(turnOf('many', `many ${n}`)));
    all.push(workflow.call(turnOf('one')));
    await reached(2);
    expect(await metric(metrics, 'steward_workflow_calls_in_flight')).toBe(2);
    expect(await metric(metrics, 'steward_workflow_turns_waiting')).toBe(99);
    for (let call = 3; call <= 101; call += 1) {
      answerNext();
      await reached(call);
      expect(asked).toHaveLength(call);
    }
    answerNext();
    answerNext();
    await Promise.all(all);
    expect(asked.indexOf('one')).toBe(3);
    expect(await metric(metrics, 'steward_workflow_calls_in_flight')).toBe(0);
  });

  it('lets turns wait no longer than for an answer, and does not hear of them afterwards', async () => {
    const { url, asked } = await slowWorkflow();
    const { workflow, metrics } = callingAt(url, { maxConcurrent: 1, timeout: 1_500 });
    const [first, ...waiting] = await Promise.all(['a', 'b', 'c'].map((name) => failure(workflow, turnOf(name))));
    expect(first).toMatchObject({ fault: 'timeout' });
    expect(waiting.map(({ fault }) => fault)).toEqual(['queue timeout', 'queue timeout']);
    expect(asked).toEqual(['a']);
    expect(await metric(metrics, 'steward_workflow_turns_waiting')).toBe(0);
    expect(workflow.health).toMatchObject({ state: 'failing' });
  });

  it('has turns refused at once when too many wait', async () => {
    const { url, answerNext, reached } = await slowWorkflow();
    const { workflow, metrics } = callingAt(url, { maxConcurrent: 1, maxWaiting: 1 });
    const calls = ['a', 'b'].map((name) => workflow.call(turnOf(name)));
    expect(await failure(workflow, turnOf('c'))).toMatchObject({ fault: 'queue full' });
    expect(await metric(metrics, 'steward_workflow_calls_total', { outcome: 'queue full' })).toBe(1);
    for (const call of [1, 2]) {
      await reached(call);
      answerNext();
    }
    await Promise.all(calls);
  });
});
