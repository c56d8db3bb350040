import { describe, expect, it } from 'vitest';
import type { StandInAnswer } from '../../src/simulator/WorkflowCall.ts';
import { diagnose, listenForTest, makeHealthy } from './surroundings.ts';

describe('the doctor at the workflow', () => {
  it('sends one turn that says that it is a test, with the header that n8n asks for', async () => {
    const { workflow, environment } = await makeHealthy();
    expect((await diagnose(environment)).get('workflow')).toEqual({
      mark: 'ok',
      what: 'workflow',
      finding: expect.stringMatching(/^answered a test turn in \d+ ms$/),
    });
    const [call, ...more] = workflow.calls;
    expect(more).toEqual([]);
    expect(call?.headers['x-steward']).toBe(environment.N8N_AUTH_HEADER_VALUE);
    expect(call?.body).toMatchObject({
      turnId: expect.any(String),
      userId: '1',
      username: 'npm run doctor',
      message: 'This is a test by npm run doctor. Please answer with anything.',
      conversationContext: [],
      attachments: [],
      warnings: 0,
    });
  });

  it('signs it where a secret is set', async () => {
    const { workflow, environment } = await makeHealthy();
    const N8N_SIGNING_SECRET = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`;
    expect((await diagnose({ ...environment, N8N_SIGNING_SECRET })).get('workflow')?.mark).toBe('ok');
    expect(workflow.calls[0]?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  const faults: [string, StandInAnswer, RegExp, RegExp][] = [
    [
      '404',
      {
        status: 404,
        body: { code: 404, message: 'The requested webhook "POST x" is not registered.', hint: 'active' },
      },
      /^HTTP 404\./,
      /production URL|N8N_WEBHOOK_URL/,
    ],
    ['403', { status: 403, body: 'Authorization data is wrong!' }, /^HTTP 403\. n8n refuses/, /N8N_AUTH_HEADER_VALUE/],
    ['500', { status: 500, body: { message: 'Error in workflow' } }, /^HTTP 500\. The workflow failed/, /executions/],
    ['nothing', { body: '' }, /answered with nothing/, /Respond to Webhook/],
    ['a page', { body: '<!doctype html><p>Welcome' }, /HTML page/, /N8N_WEBHOOK_URL/],
  ];
  it.each(faults)('names the fault and its cure when the answer is %s', async (_name, answer, finding, cure) => {
    const { workflow, environment } = await makeHealthy();
    workflow.answer = () => answer;
    expect((await diagnose(environment)).get('workflow')).toEqual({
      mark: 'broken',
      what: 'workflow',
      finding: expect.stringMatching(finding),
      cure: expect.stringMatching(cure),
    });
  });

  it('waits as long as the bot would', async () => {
    const { environment } = await makeHealthy();
    const N8N_WEBHOOK_URL = `http://127.0.0.1:${await listenForTest()}/webhook/steward`;
    const found = await diagnose({ ...environment, N8N_WEBHOOK_URL, N8N_TIMEOUT_MS: '300' });
    expect(found.get('workflow')).toMatchObject({
      mark: 'broken',
      finding: 'The workflow took too long',
      cure: expect.stringContaining('N8N_TIMEOUT_MS'),
    });
  });

  it('says that nobody is there', async () => {
    const { workflow, environment } = await makeHealthy();
    await workflow.stop();
    expect((await diagnose(environment)).get('workflow')).toMatchObject({
      mark: 'broken',
      finding: 'n8n cannot be reached',
    });
  });

  it('in the playground calls the workflow that is set, and no other', async () => {
    const { workflow, environment } = await makeHealthy();
    const { DISCORD_TOKEN: _, ...playground } = environment;
    const found = await diagnose(playground);
    expect(found.get('Discord')).toMatchObject({ mark: 'skipped', finding: expect.stringContaining('simulated') });
    expect(found.get('workflow')?.mark).toBe('ok');
    const { N8N_WEBHOOK_URL: __, N8N_AUTH_HEADER_NAME: ___, N8N_AUTH_HEADER_VALUE: ____, ...bare } = playground;
    expect((await diagnose(bare)).get('workflow')).toMatchObject({
      mark: 'skipped',
      finding: expect.stringContaining('stand-in'),
    });
    expect(workflow.calls).toHaveLength(1);
  });
});
