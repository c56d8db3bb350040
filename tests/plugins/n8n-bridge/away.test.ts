import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StandInAnswer } from '../../../src/simulator/StandInWorkflow.ts';
import { type Calling, callingAt, deadAddress, failure, payload, serve, startStandIn, turnOf } from './surroundings.ts';

const unavailable: StandInAnswer = { status: 503, body: { message: 'Database is not ready!' } };
const failing: StandInAnswer = { status: 500, body: { message: 'Error in workflow' } };
const fine: StandInAnswer = { body: 'Hi' };

/** Calls made by one after the other, by what came of them. */
async function outcomes({ workflow }: Calling, calls: number): Promise<string[]> {
  const all: string[] = [];
  for (let call = 0; call < calls; call += 1)
    all.push(
      await workflow.call(payload).then(
        () => 'answered',
        ({ fault }) => fault,
      ),
    );
  return all;
}

/** A workflow that has just been found away. */
async function goneAway() {
  const standIn = await startStandIn();
  const calling = callingAt(standIn.url);
  standIn.answer = () => unavailable;
  expect(await outcomes(calling, 6)).toEqual([...Array(5).fill('unavailable'), 'away']);
  expect(standIn.calls).toHaveLength(5);
  return { standIn, ...calling };
}

describe('a workflow that is away', () => {
  it('is called no more after five failures in a row, and the log and the health say so once', async () => {
    const { standIn, ...calling } = await goneAway();
    const { workflow, clock, log } = calling;
    const since = clock.at(0).toISOString();
    clock.advance(9_999);
    expect(await outcomes(calling, 3)).toEqual(['away', 'away', 'away']);
    expect(standIn.calls).toHaveLength(5);
    expect(workflow.health).toEqual({ state: 'away', lastFault: 'unavailable', cause: 'unavailable', since });
    expect(log).toMatchObject([{ level: 'error', err: { code: 'unavailable' } }]);
  });

  it('is tried by one turn at a time after ten seconds, while the others fail at once', async () => {
    const { standIn, ...calling } = await goneAway();
    const { workflow, clock, log } = calling;
    const answer = Promise.withResolvers<StandInAnswer>();
    standIn.answer = () => answer.promise;
    clock.advance(10_000);
    const probe = workflow.call(payload);
    expect(await outcomes(calling, 3)).toEqual(['away', 'away', 'away']);
    answer.resolve(fine);
    expect(await probe).toEqual({ text: 'Hi' });
    expect(standIn.calls).toHaveLength(6);
    expect(await outcomes(calling, 2)).toEqual(['answered', 'answered']);
    expect(workflow.health).toEqual({ state: 'answering', lastFault: 'unavailable' });
    expect(log).toMatchObject([{ level: 'error' }, { level: 'info', fault: 'unavailable', awayMs: 10_000 }]);
  });

  it('is left alone for ten more seconds when it was tried in vain', async () => {
    const { clock, log, ...calling } = await goneAway();
    for (let tries = 0; tries < 3; tries += 1) {
      clock.advance(10_000);
      expect(await outcomes({ clock, log, ...calling }, 3)).toEqual(['unavailable', 'away', 'away']);
    }
    expect(log).toHaveLength(1);
  });

  it('is back when it fails of one turn only, as it is there to fail', async () => {
    const { standIn, clock, log, workflow } = await goneAway();
    standIn.answer = () => failing;
    clock.advance(10_000);
    expect(await failure(workflow)).toMatchObject({ fault: 'failed' });
    expect(workflow.health).toEqual({ state: 'failing', lastFault: 'failed' });
    expect(log).toHaveLength(2);
  });

  it('is not back because somebody waited in vain', async () => {
    const standIn = await startStandIn();
    const calling = callingAt(standIn.url, { timeout: 2_000 });
    standIn.answer = () => unavailable;
    await outcomes(calling, 5);
    standIn.answer = () => Promise.withResolvers<StandInAnswer>().promise;
    calling.clock.advance(10_000);
    expect(await outcomes(calling, 2)).toEqual(['timeout', 'away']);
  });

  it('is not back because it answers what was asked before it went', async () => {
    const standIn = await startStandIn();
    const calling = callingAt(standIn.url);
    const slow = Promise.withResolvers<StandInAnswer>();
    standIn.answer = () => slow.promise;
    const before = calling.workflow.call(payload);
    await standIn.nextCall();
    standIn.answer = () => unavailable;
    await outcomes(calling, 5);
    slow.resolve(fine);
    expect(await before).toEqual({ text: 'Hi' });
    expect(await outcomes(calling, 1)).toEqual(['away']);
    expect(calling.log).toHaveLength(1);
  });

  it('lets nobody wait for the turn that tries it, though that has the only place', async () => {
    const standIn = await startStandIn();
    const calling = callingAt(standIn.url, { maxConcurrent: 1 });
    standIn.answer = () => unavailable;
    await outcomes(calling, 5);
    const slow = Promise.withResolvers<StandInAnswer>();
    standIn.answer = () => slow.promise;
    calling.clock.advance(10_000);
    const probe = calling.workflow.call(payload);
    expect(await outcomes(calling, 2)).toEqual(['away', 'away']);
    slow.resolve(fine);
    expect(await probe).toEqual({ text: 'Hi' });
  });

  it('is told at once to those who wait already, though other calls hang', async () => {
    const standIn = await startStandIn();
    const calling = callingAt(standIn.url, { maxConcurrent: 2 });
    const hanging = Promise.withResolvers<StandInAnswer>();
    standIn.answer = () => hanging.promise;
    const slow = calling.workflow.call(payload);
    await standIn.nextCall();
    standIn.answer = () => unavailable;
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => failure(calling.workflow, turnOf(String(n)))));
    expect(all.map(({ fault }) => fault)).toEqual([...Array(5).fill('unavailable'), ...Array(15).fill('away')]);
    hanging.resolve(fine);
    expect(await slow).toEqual({ text: 'Hi' });
  });

  it.each([
    ['an inactive workflow', 404, 'not found'],
    ['a wrong secret', 403, 'refused'],
    ['a redirect', 302, 'redirected'],
    ['a proxy without n8n', 502, 'unavailable'],
  ])('is away with %s', async (_what, status, fault) => {
    const url = await serve((_request, response) => response.writeHead(status).end());
    expect(await outcomes(callingAt(url), 6)).toEqual([...Array(5).fill(fault), 'away']);
  });

  it('is away where nobody listens, and where every connection is cut', async () => {
    const cutting = await serve((request) => request.socket.destroy());
    expect(await outcomes(callingAt(cutting), 6)).toEqual([...Array(5).fill('cut'), 'away']);
    const { workflow } = callingAt(await deadAddress());
    const together = await Promise.all(Array.from({ length: 5 }, () => failure(workflow)));
    expect(together.map(({ fault }) => fault)).toEqual(Array(5).fill('unreachable'));
    expect(await failure(workflow)).toMatchObject({ fault: 'away' });
  });
});

describe('a workflow that fails of single turns', () => {
  it.each([
    ['a failing node', { status: 500, body: '' }, 'failed'],
    ['nothing', { body: '' }, 'empty'],
    ['too many words', { body: 'x'.repeat(1_048_577) }, 'too large'],
    ['a call that it cannot read', { status: 422, body: '' }, 'rejected'],
    ['a slow run that a proxy gives up', { status: 504, body: '' }, 'proxy timeout'],
    ['a slow run that Cloudflare gives up', { status: 524, body: '' }, 'proxy timeout'],
  ])('is called again and again: %s', async (_what, answer, fault) => {
    const standIn = await startStandIn();
    standIn.answer = () => answer;
    expect(await outcomes(callingAt(standIn.url), 8)).toEqual(Array(8).fill(fault));
  });

  it('is called again and again: time-outs, or one person could shut out everyone', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => Promise.withResolvers<StandInAnswer>().promise;
    expect(await outcomes(callingAt(standIn.url, { timeout: 100 }), 8)).toEqual(Array(8).fill('timeout'));
  });

  it('is not away as long as there is a sign of it among five failures', async () => {
    const standIn = await startStandIn();
    let calls = 0;
    standIn.answer = () => {
      calls += 1;
      return calls % 5 === 0 ? failing : unavailable;
    };
    expect(await outcomes(callingAt(standIn.url), 20)).not.toContain('away');
  });
});

describe('a call that cannot have begun', () => {
  it('is made once more: n8n was restarting', async () => {
    const url = await deadAddress();
    const { port, origin } = new URL(url);
    const refused = Promise.withResolvers<void>();
    const onRefused = (event: unknown): void => {
      const { request } = event as { request: ClientRequest };
      if (`${request.protocol}//${request.getHeader('host')}` === origin) refused.resolve();
    };
    subscribe('http.client.request.error', onRefused);
    onTestFinished(() => void unsubscribe('http.client.request.error', onRefused));
    const { workflow } = callingAt(url);
    const call = workflow.call(payload);
    await refused.promise;
    await serve((_request, response) => response.end('{"output":"Hi"}'), Number(port));
    expect(await call).toEqual({ text: 'Hi' });
  });

  it('is made twice and not more, whether the name or the port is unknown', async () => {
    let attempts = 0;
    const onError = (): void => {
      attempts += 1;
    };
    subscribe('http.client.request.error', onError);
    onTestFinished(() => void unsubscribe('http.client.request.error', onError));
    for (const url of [await deadAddress(), 'http://steward.invalid/webhook']) {
      attempts = 0;
      expect(await failure(callingAt(url).workflow)).toMatchObject({ fault: 'unreachable' });
      expect(attempts).toBe(2);
    }
  });

  it('is given up with what it failed of when there is no time for another', async () => {
    const { workflow } = callingAt(await deadAddress(), { timeout: 900 });
    expect(await failure(workflow)).toMatchObject({ fault: 'unreachable', cause: { code: 'ECONNREFUSED' } });
  });

  it('is the only one that is made again: n8n may have run what was cut or refused with a status', async () => {
    let calls = 0;
    const cutting = await serve((request) => {
      calls += 1;
      request.socket.resetAndDestroy();
    });
    expect(await failure(callingAt(cutting).workflow)).toMatchObject({ fault: 'cut' });
    const refusing = await serve((_request, response) => {
      calls += 1;
      response.writeHead(503).end();
    });
    expect(await failure(callingAt(refusing).workflow)).toMatchObject({ fault: 'unavailable' });
    expect(calls).toBe(2);
  });
});
