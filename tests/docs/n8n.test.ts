import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSecrets, sign } from '../../src/plugins/n8n-bridge/signature.ts';
import { workflowFaults } from '../../src/plugins/n8n-bridge/WorkflowError.ts';
import { toPayload } from '../../src/plugins/n8n-bridge/WorkflowPayload.ts';
import { evaluate, expressionsOf, type N8nTemplate, nodeOf, strict } from './n8nTemplate.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/N8N.md'), 'utf8');
const templates = readdirSync(join(root, 'n8n')).map((file): [string, N8nTemplate] => [
  file,
  JSON.parse(readFileSync(join(root, 'n8n', file), 'utf8')),
]);

/** As in n8n 2.41.1: dist/types/nodes.json of n8n-nodes-base and @n8n/n8n-nodes-langchain. */
const versions: Readonly<Record<string, number>> = {
  'n8n-nodes-base.webhook': 2.1,
  'n8n-nodes-base.respondToWebhook': 1.5,
  'n8n-nodes-base.postgres': 2.7,
  'n8n-nodes-base.set': 3.4,
  'n8n-nodes-base.code': 2,
  'n8n-nodes-base.httpRequest': 4.5,
  'n8n-nodes-base.stopAndError': 1,
  '@n8n/n8n-nodes-langchain.agent': 3.1,
  '@n8n/n8n-nodes-langchain.lmChatOpenAi': 1.3,
  '@n8n/n8n-nodes-langchain.memoryPostgresChat': 1.4,
};

const payload = toPayload(
  {
    id: '10',
    channelId: '20',
    userId: '30',
    username: 'ada',
    text: 'Say {{ 1 + 1 }}',
    attachments: [{ url: 'https://cdn.example/a.png', filename: 'a.png', contentType: 'image/png', size: 1 }],
    at: new Date('2026-02-12T19:00:00Z'),
  },
  { history: [{ userMessage: 'Hi', aiResponse: 'Hello', timestamp: new Date('2026-02-12T18:00:00Z') }], warnings: 0 },
  true,
  'https://bot.example/n8n/turns/10/reply?token=t',
);

const template = (file: string): N8nTemplate => {
  const [, found] = templates.find(([name]) => name === file) ?? [];
  if (!found) throw new Error(`There is no n8n/${file}.`);
  return found;
};
const linksOf = ({ connections }: N8nTemplate) =>
  Object.entries(connections).flatMap(([from, kinds]) =>
    Object.entries(kinds).flatMap(([kind, outputs]) => outputs.flat().map((link) => ({ from, kind, ...link }))),
  );

/** What ends a run that goes well, where it is not the node "Respond". */
const lastNodes: Readonly<Record<string, string>> = {
  'agent-streaming.json': 'AI Agent',
  'agent-with-callback.json': 'Answer',
};

describe.each(templates)('n8n/%s', (file, template) => {
  it('has what the import of n8n asks for', () => {
    expect(template).toMatchObject({ id: expect.stringMatching(/^\w{1,36}$/), active: false });
    expect(template.settings.executionOrder).toBe('v1');
    for (const node of template.nodes) {
      expect(node.typeVersion, node.name).toBe(versions[node.type]);
      expect(node.position, node.name).toEqual([expect.any(Number), expect.any(Number)]);
      expect(node.parameters, node.name).toBeTypeOf('object');
    }
    const names = template.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(template.nodes.map(({ id }) => id)).size).toBe(names.length);
  });

  it('connects nodes that exist, from the webhook to the answer, and leaves none alone', () => {
    const names = template.nodes.map(({ name }) => name).sort();
    const links = linksOf(template);
    for (const { kind, type } of links) expect(type).toBe(kind);
    expect([...new Set(links.flatMap(({ from, node }) => [from, node]))].sort()).toEqual(names);
    const path = ['Webhook'];
    for (let at = 'Webhook'; at !== 'nowhere' && path.length <= names.length; path.push(at))
      at = links.find(({ from, kind }) => from === at && kind === 'main')?.node ?? 'nowhere';
    expect(path.slice(-2)).toEqual([lastNodes[file] ?? 'Respond', 'nowhere']);
  });

  it('asks for Header Auth and takes POST', () => {
    const webhook = nodeOf(template, 'n8n-nodes-base.webhook');
    expect(webhook.parameters).toMatchObject({ httpMethod: 'POST', authentication: 'headerAuth' });
    expect(webhook.credentials?.httpHeaderAuth?.name).toBe('Steward header');
  });

  it('answers what its last node says', () => {
    const { responseMode } = nodeOf(template, 'n8n-nodes-base.webhook').parameters;
    expect(responseMode).toBe(file === 'agent-streaming.json' ? 'streaming' : 'responseNode');
    if (responseMode === 'streaming') return;
    const { respondWith } = nodeOf(template, 'n8n-nodes-base.respondToWebhook').parameters;
    expect(respondWith).toBe(file === 'agent-with-callback.json' ? 'json' : 'firstIncomingItem');
  });

  it('ends a run before the bot gives up, where it waits, and keeps no run that went well', () => {
    const executionTimeout = file === 'agent-with-callback.json' ? 900 : 85;
    expect(template.settings).toMatchObject({ saveDataSuccessExecution: 'none', executionTimeout });
  });

  it('holds no secret', () => {
    for (const { credentials = {} } of template.nodes)
      for (const credential of Object.values(credentials)) expect(Object.keys(credential)).toEqual(['id', 'name']);
    expect(JSON.stringify(template)).not.toMatch(/sk-|whsec_\w|bearer|password|[A-Za-z0-9+/]{32}/i);
  });

  it('reads only fields that the payload has', () => {
    const received = strict({ headers: {}, params: {}, query: {}, body: payload });
    const rows = { Context: [{}], Warnings: [{ active_warnings: '0' }], Activity: [{ msg_count: '1' }] };
    const agent = { 'AI Agent': [{ error: 'It failed.' }] };
    // The node that posts reads what the agent says.
    const nodes = template.nodes.filter(({ name }) => name !== 'Answer' || !lastNodes[file]);
    const expressions = expressionsOf(nodes.map(({ parameters }) => parameters));
    expect(expressions.length).toBeGreaterThan(0);
    for (const expression of expressions) {
      const made = evaluate(expression, received, { Webhook: [received], ...rows, ...agent });
      expect(JSON.stringify(made), expression).not.toMatch(/undefined|null|\[object/);
    }
  });
});

describe('the agents', () => {
  const received = strict({ body: payload });
  const ask = (file: string, type = 'agent', parameter = 'text'): unknown =>
    evaluate(String(nodeOf(template(file), `@n8n/n8n-nodes-langchain.${type}`).parameters[parameter]), received, {
      Webhook: [received],
    });

  it('read the message, as it is, and which files came with it', () => {
    expect(ask('agent-with-memory.json')).toBe('Say {{ 1 + 1 }}\n[file: a.png]');
  });

  it.each(['agent-with-context.json', 'agent-streaming.json', 'agent-with-callback.json'])(
    'read the conversation where the bot sends it: %s',
    (file) => {
      expect(ask(file)).toContain(JSON.stringify(payload.conversationContext));
      expect(ask(file)).toMatch(/Say \{\{ 1 \+ 1 \}\}\n\[file: a\.png\]$/);
    },
  );

  it('answer where the call says, later, whatever the answer looks like', () => {
    const posts = template('agent-with-callback.json').nodes.filter(
      ({ type }) => type === 'n8n-nodes-base.httpRequest',
    );
    const said = 'A "quoted" text\nof {{ two }} lines';
    const received = { Webhook: [{ body: payload }] };
    expect(
      posts.map(({ parameters: { url, jsonBody } }) => [
        evaluate(String(url), {}, received),
        JSON.parse(String(evaluate(String(jsonBody), { output: said }, received))),
      ]),
    ).toEqual([
      [payload.callbackUrl, { output: said }],
      [payload.callbackUrl, { output: expect.stringMatching(/^Sorry/) }],
    ]);
  });

  it('remember by the id of the person', () => {
    const memory = nodeOf(template('agent-with-memory.json'), '@n8n/n8n-nodes-langchain.memoryPostgresChat');
    expect(memory.parameters).toMatchObject({ sessionIdType: 'customKey', tableName: 'n8n_chat_histories' });
    expect(ask('agent-with-memory.json', 'memoryPostgresChat', 'sessionKey')).toBe('30');
  });
});

describe('the node that checks signatures', () => {
  const secret = Buffer.alloc(32, 'right').toString('base64');
  const other = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`;
  const code = String(nodeOf(template('signature-check.json'), 'n8n-nodes-base.code').parameters.jsCode);
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const now = Date.now();

  function check(headers: object, body: string, secrets: string | undefined = secret): Promise<unknown> {
    const $input = { first: () => ({ json: { headers, body: { message: 'parsed' } } }) };
    const helpers = { getBinaryDataBuffer: async () => Buffer.from(body) };
    const run = AsyncFunction('$input', '$env', 'require', code);
    return run.call({ helpers }, $input, { N8N_SIGNING_SECRET: secrets }, createRequire(import.meta.url));
  }
  const signed = (at = now, key = secret) => sign(parseSecrets(key) ?? [], '10', at, '{"a": "ü"}');

  it('lets the bot’s own calls through, whichever of two secrets signed them', async () => {
    const through = [{ json: { headers: signed(), body: { message: 'parsed' } } }];
    expect(await check(signed(), '{"a": "ü"}')).toEqual(through);
    expect(await check(signed(), '{"a": "ü"}', `${other}, ${secret}`)).toEqual(through);
    await check(signed(now, `${secret} ${other}`), '{"a": "ü"}', other);
    await check(signed(now - 290_000), '{"a": "ü"}');
  });

  it.each([
    ['a changed body', () => check(signed(), '{"a":"ü"}'), /wrong/],
    ['another secret', () => check(signed(), '{"a": "ü"}', other), /wrong/],
    ['another id', () => check({ ...signed(), 'webhook-id': '11' }, '{"a": "ü"}'), /wrong/],
    ['an old call', () => check(signed(now - 310_000), '{"a": "ü"}'), /five minutes/],
    ['a call of the future', () => check(signed(now + 310_000), '{"a": "ü"}'), /five minutes/],
    ['a time that is none', () => check({ ...signed(), 'webhook-timestamp': 'now' }, '{"a": "ü"}'), /wrong/],
    ['no signature', () => check({}, '{"a": "ü"}'), /no signature/],
    ['no secret of its own', () => check(signed(), '{"a": "ü"}', ' '), /no N8N_SIGNING_SECRET/],
  ])('ends the run at %s', async (_what, call, reason) => {
    await expect(call()).rejects.toThrow(reason);
  });
});

describe('docs/N8N.md', () => {
  const section = (heading: string): string => page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  // The names in the first column of its table.
  const names = (heading: string): string[] =>
    [...section(heading).matchAll(/^\| (.+?) \|.*\n/gm)]
      .slice(2)
      .flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

  it('lists every template with its path, each its own, and names its id', () => {
    const paths = templates.map(([file, one]) => {
      const { path } = nodeOf(one, 'n8n-nodes-base.webhook').parameters;
      expect(page).toContain(`| [${file}](../n8n/${file}) | \`${path}\` |`);
      expect(section('From nothing to an answer')).toMatch(new RegExp(`[=\`]${one.id}\\b`));
      return path;
    });
    expect(new Set(paths).size).toBe(templates.length);
  });

  it('tells how to make exactly the credentials that the templates name, without a secret', () => {
    const made: { id: string; name: string; type: string; data: object }[] = JSON.parse(
      page.match(/```json\n([\s\S]+?)```/)?.[1] ?? '',
    );
    const named = templates.flatMap(([, { nodes }]) =>
      nodes.flatMap(({ credentials = {} }) =>
        Object.entries(credentials).map(([type, { id, name }]) => `${type} ${id} ${name}`),
      ),
    );
    expect(made.map(({ type, id, name }) => `${type} ${id} ${name}`).sort()).toEqual([...new Set(named)].sort());
    for (const { data } of made)
      for (const [key, value] of Object.entries(data)) if (/value|apiKey|password/.test(key)) expect(value).toBe('');
  });

  it('explains every field of the payload and every fault of a call, and no others', () => {
    expect(names('What the workflow receives').sort()).toEqual(Object.keys(payload).sort());
    expect(names('When it does not work')).toEqual(Object.keys(workflowFaults));
  });
});
