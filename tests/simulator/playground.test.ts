import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { Playground } from '../../src/simulator/playground/Playground.ts';
import { type RunningPlayground, startPlayground } from '../../src/simulator/playground.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { readEvents } from '../support/readEvents.ts';

let discord: DiscordSimulator;
let workflow: StandInWorkflow;
let page: Playground;

beforeEach(async () => {
  discord = await DiscordSimulator.start();
  discord.addUser({ id: '200000000000000001', username: 'ada', globalName: 'Ada' });
  workflow = await StandInWorkflow.start();
  page = await Playground.start({ discord, workflow, adminIds: ['200000000000000001'], port: 0 });
});
afterEach(async () => {
  await page.stop();
  await workflow.stop();
  await discord.stop();
});

describe('the page', () => {
  it('is served with a policy that allows nothing from elsewhere and nothing inline', async () => {
    const response = await fetch(page.url);
    expect(response.headers.get('content-type')).toContain('text/html');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('loads only files that the server has', async () => {
    const html = await (await fetch(page.url)).text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(addresses).toContain('/page.js');
    for (const address of addresses) {
      expect(address).toMatch(/^\/[a-z]+\.(js|css|svg)$/);
      expect((await fetch(page.url + address)).status, address).toBe(200);
    }
  });

  it('serves no file from outside of its folder', async () => {
    for (const path of ['/../playground.ts', '/%2e%2e/playground.ts', '/markdown.d.ts']) {
      expect(await statusOf({ path }), path).toBe(404);
    }
  });
});

describe('a request from another place', () => {
  it('is refused when its Origin is foreign', async () => {
    expect((await say({ content: 'hi' }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await say({ content: 'hi' }, { origin: 'null' })).status).toBe(403);
    expect(discord.users[0]?.messages).toHaveLength(0);
    expect((await say({ content: 'hi' }, { origin: page.url })).status).toBe(201);
  });

  it('is refused when it calls the server by another name', async () => {
    const { port } = new URL(page.url);
    expect(await statusOf({ path: '/state', host: `evil.example:${port}` })).toBe(403);
    expect(await statusOf({ path: '/', host: '127.0.0.1:1' })).toBe(403);
    expect(await statusOf({ path: '/state', host: `localhost:${port}` })).toBe(200);
  });

  it('is refused when it is a form', async () => {
    const body = JSON.stringify({ userId: '200000000000000001', content: 'hi' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await say(body, { 'content-type': type })).status, type).toBe(415);
    }
  });
});

describe('saying something', () => {
  it('reaches the bot and every open page', async () => {
    const events = await readEvents(`${page.url}/events`);
    expect((await events.next('state')).users).toMatchObject([{ name: 'Ada', admin: true, messages: [] }]);
    const response = await say({ content: 'Hello!' });
    const { id } = (await response.json()) as { id: string };
    expect(await events.next('message')).toMatchObject({ id, content: 'Hello!', author: { username: 'ada' } });
    expect(discord.user('200000000000000001')?.messages).toMatchObject([{ id, content: 'Hello!' }]);
    expect(await (await fetch(`${page.url}/state`)).json()).toMatchObject({ users: [{ messages: [{ id }] }] });
  });

  it('is refused for an unknown user, an empty message and more than 4,000 characters', async () => {
    expect((await say({ userId: '1', content: 'hi' })).status).toBe(404);
    expect((await say({ content: ' \n' })).status).toBe(400);
    expect((await say({ content: 'x'.repeat(4001) })).status).toBe(400);
    expect((await say({ content: 'x'.repeat(4000) })).status).toBe(201);
  });

  it('keeps what is said in the guild out of the direct messages', async () => {
    const events = await readEvents(`${page.url}/events`);
    discord.users[0]?.saysInGuild('in public');
    discord.users[0]?.says('in private');
    expect((await events.next('message')).content).toBe('in private');
  });

  it('hands out attached files, and only pictures for display', async () => {
    const files = [
      { filename: 'café (1).html', contentType: 'text/html', data: btoa('<script>alert(1)</script>') },
      { filename: 'dot.png', contentType: 'image/png', data: btoa('not really') },
    ];
    await say({ content: '', attachments: files });
    const message = discord.users[0]?.messages[0];
    const [html, png] = await Promise.all(
      (message?.attachments ?? []).map(({ id }) => fetch(`${page.url}/files/${message?.id}/${id}`)),
    );
    expect(html?.headers.get('content-type')).toBe('application/octet-stream');
    expect(html?.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''caf%C3%A9%20%281%29.html");
    expect(html?.headers.get('content-security-policy')).toContain('sandbox');
    expect(await html?.text()).toBe('<script>alert(1)</script>');
    expect(png?.headers.get('content-type')).toBe('image/png');
    expect((await fetch(`${page.url}/files/${message?.id}/1`)).status).toBe(404);
  });
});

describe('the event stream', () => {
  it('shows a workflow call when it arrives and again when it is answered', async () => {
    const events = await readEvents(`${page.url}/events`);
    await fetch(workflow.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'code', conversationContext: [], attachments: [] }),
    });
    const arrived = await events.next('call');
    expect(arrived).toMatchObject({ id: 1, body: { message: 'code' } });
    expect(arrived).not.toHaveProperty('status');
    expect(await events.next('call')).toMatchObject({ id: 1, status: 200, reply: { output: expect.any(String) } });
  });

  it('ends when the playground stops', async () => {
    const events = await readEvents(`${page.url}/events`);
    await page.stop();
    await expect(events.next('message')).rejects.toThrow();
  });

  it('is refused to a crowd, and open again when a page has left', async () => {
    const crowd = await Promise.all(Array.from({ length: 32 }, () => readEvents(`${page.url}/events`)));
    expect((await fetch(`${page.url}/events`)).status).toBe(503);
    await crowd[0]?.close();
    await expect.poll(() => statusOf({ path: '/events' })).toBe(200);
  });
});

describe('startPlayground', () => {
  let running: RunningPlayground;
  afterEach(() => running.stop());

  it('starts everything that a bot without a token needs', async () => {
    running = await startPlayground({ port: 0 });
    const { DISCORD_API_URL, DISCORD_TOKEN, N8N_WEBHOOK_URL, ADMIN_IDS } = running.environment;
    const self = await fetch(`${DISCORD_API_URL}/v10/users/@me`, {
      headers: { authorization: `Bot ${DISCORD_TOKEN}` },
    });
    expect(await self.json()).toMatchObject({ bot: true });
    expect(N8N_WEBHOOK_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/webhook\/steward$/);
    const { users } = (await (await fetch(`${running.url}/state`)).json()) as {
      users: { id: string; admin: boolean }[];
    };
    expect(users.filter(({ admin }) => admin).map(({ id }) => id)).toEqual([ADMIN_IDS]);
  });

  it('gives people the same ids and channels after a restart', async () => {
    const identities = async () => {
      const { users } = (await (await fetch(`${running.url}/state`)).json()) as { users: Record<string, unknown>[] };
      return users.map(({ id, channelId }) => [id, channelId]);
    };
    running = await startPlayground({ port: 0 });
    const before = await identities();
    await running.stop();
    running = await startPlayground({ port: 0 });
    expect(await identities()).toEqual(before);
  });

  it('leaves the workflow to the address given, and takes another port when its own is taken', async () => {
    const { port } = new URL(page.url);
    running = await startPlayground({ workflowUrl: 'http://127.0.0.1:5678/webhook/mine', port: Number(port) });
    expect(running.environment.N8N_WEBHOOK_URL).toBe('http://127.0.0.1:5678/webhook/mine');
    expect(running.url).not.toBe(page.url);
    expect(await (await fetch(`${running.url}/state`)).json()).toMatchObject({ workflow: 'elsewhere', calls: [] });
  });
});

function say(body: object | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${page.url}/say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify({ userId: '200000000000000001', ...body }),
  });
}

/** Asks with a path and a Host header that `fetch` would not send. */
function statusOf({ path, host }: { path: string; host?: string }): Promise<number | undefined> {
  const { hostname, port } = new URL(page.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers: host ? { host } : {} }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    asked.on('error', reject).end();
  });
}
