import type { RequestListener } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { callingAt, failure, metric, payload, serve, turnOf } from './surroundings.ts';

const started: RequestListener = (_request, response) =>
  void response.setHeader('content-type', 'application/json').end('{"message":"Workflow was started"}');

const acceptances: [what: string, answer: RequestListener][] = [
  ['202', (_request, response) => response.writeHead(202).end()],
  ['202 with n8n’s own words', (_request, response) => response.writeHead(202).end('{"accepted":true}')],
  ['202 with a page', (_request, response) => response.writeHead(202).end('<html></html>')],
  [
    '202 with something that looks like an answer',
    (_request, response) => response.writeHead(202).end('{"output":"Wait"}'),
  ],
  ['202 with far too much', (_request, response) => response.writeHead(202).end(Buffer.alloc(3_000_000, 'x'))],
  ['202 that does not end', (_request, response) => response.writeHead(202).write('{')],
  ['the word that the workflow was started', started],
];

describe('a workflow that answers later', () => {
  it.each(acceptances)('is waited for as long as the turn has time: %s', async (_what, answer) => {
    const { workflow, metrics } = callingAt(await serve(answer), { takesLater: true, timeout: 20_000 });
    const { later } = (await workflow.call(payload)) as { later: number };
    expect(Number.isInteger(later)).toBe(true);
    expect(later).toBeGreaterThan(0);
    expect(later).toBeLessThanOrEqual(20_000);
    expect(await metric(metrics, 'steward_workflow_calls_total', { outcome: 'accepted' })).toBe(1);
    expect(workflow.health).toEqual({ state: 'answering' });
  });

  it('has the less time the longer it took to say so', async () => {
    const url = await serve(async (_request, response) => {
      const began = performance.now();
      while (performance.now() - began < 50) await turnOfTheLoop();
      response.writeHead(202).end();
    });
    const { workflow } = callingAt(url, { takesLater: true, timeout: 20_000 });
    const { later } = (await workflow.call(payload)) as { later: number };
    expect(later).toBeLessThan(19_970);
  });

  it('gives its place back at once', async () => {
    const { workflow, metrics } = callingAt(await serve(started), {
      takesLater: true,
      maxConcurrent: 1,
      maxWaiting: 0,
    });
    for (const person of ['a', 'b', 'c']) expect(await workflow.call(turnOf(person))).toHaveProperty('later');
    expect(await metric(metrics, 'steward_workflow_calls_in_flight')).toBe(0);
  });

  it.each(acceptances)('is at fault where there is no way to answer later, but not away: %s', async (_what, answer) => {
    const { workflow } = callingAt(await serve(answer));
    for (let call = 0; call < 6; call += 1) expect(await failure(workflow)).toMatchObject({ fault: 'no callback' });
    expect((await failure(workflow)).message).toContain('PUBLIC_URL');
  });
});
