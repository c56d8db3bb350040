import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { BotProcess } from '../support/startProcess.ts';
import { makeSurroundings } from './surroundings.ts';

describe('a process with a bad environment', { concurrent: true }, () => {
  it('names every mistake in one message, starts nothing and exits with 1', async () => {
    await using discord = await DiscordSimulator.start();
    await using bot = await BotProcess.start({
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      HEALTH_CHECK_PORT: 'eighty',
      LOG_LEVEL: 'loud',
      N8N_WEBHOOK_URL: 'pasted-by-mistake',
      DB_PASSWORD_FILE: '/nowhere/password',
    });
    expect(await bot.ended).toBe(1);
    const [first, ...problems] = bot.stderr;
    expect(first).toBe('BadEnvironment: The environment has 4 problem(s):');
    expect(problems.sort()).toEqual([
      expect.stringMatching(/^ {2}- DB_PASSWORD_FILE: .*cannot be read \(ENOENT\)/),
      expect.stringMatching(/^ {2}- HEALTH_CHECK_PORT: must be a whole number/),
      expect.stringMatching(/^ {2}- LOG_LEVEL: must be trace, debug/),
      expect.stringMatching(/^ {2}- N8N_WEBHOOK_URL: must be the http or https address/),
    ]);
    expect(bot.stderr.join()).not.toContain('pasted-by-mistake');
    expect(bot.stdout).toEqual([]);
    expect(discord.requests).toEqual([]);
    expect(existsSync(bot.dataDir)).toBe(false);
  });

  it('is told so before the playground opens', async () => {
    await using bot = await BotProcess.start({ RATE_LIMIT_MAX: 'many' });
    expect(await bot.ended).toBe(1);
    expect(bot.stderr).toEqual([
      'BadEnvironment: The environment has 1 problem(s):',
      expect.stringContaining('RATE_LIMIT_MAX: must be a whole number'),
    ]);
    expect(bot.stdout).toEqual([]);
    expect(existsSync(bot.dataDir)).toBe(false);
  });

  it('with a token needs a workflow', async () => {
    await using bot = await BotProcess.start({ DISCORD_TOKEN: 'some' });
    expect(await bot.ended).toBe(1);
    expect(bot.stderr.slice(1)).toEqual(['  - N8N_WEBHOOK_URL: is required but not set']);
  });
});

describe.skipIf(!inject('postgres'))('a process whose token Discord refuses', { concurrent: true }, () => {
  it.each(['wrong token', 'tök€n'])('says so in one line and exits with 1 (%s)', async (token) => {
    await using around = await makeSurroundings();
    const bot = await around.start({ DISCORD_TOKEN: token });
    expect(await bot.ended).toBe(1);
    expect(bot.stderr).toEqual([expect.stringMatching(/^BadToken: Discord refuses the token\. .*DISCORD_TOKEN\.$/)]);
  });
});

describe.skipIf(!inject('postgres'))('a process that Discord closes for good', { concurrent: true }, () => {
  it('names the close code and exits with 2 when that happens at login', async () => {
    await using around = await makeSurroundings();
    around.discord.faults.refuseLogins(4014);
    const bot = await around.start();
    expect(await bot.ended).toBe(2);
    expect(bot.stderr).toEqual([expect.stringMatching(/^ClosedByDiscord: .*\(4014, DisallowedIntents\)/)]);
  });

  it('names the close code and exits with 2 when that happens later', async () => {
    await using around = await makeSurroundings();
    const bot = await around.start();
    await bot.ready();
    around.discord.gateway.drop(4004);
    expect(await bot.ended).toBe(2);
    expect(bot.stderr).toEqual([expect.stringMatching(/^ClosedByDiscord: .*\(4004, AuthenticationFailed\)/)]);
  });
});

describe.skipIf(!inject('postgres'))('a process that cannot reach Discord', { concurrent: true }, () => {
  it('is not ready, tries again, and is ready once Discord is back', async () => {
    await using around = await makeSurroundings();
    const { discord } = around;
    const port = Number(new URL(discord.url).port);
    await discord.stop();
    const bot = await around.start();
    await bot.line(/"Discord cannot be reached\."/);
    const url = await bot.url();
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect((await fetch(`${url}/alive`)).status).toBe(200);
    await using later = await DiscordSimulator.start({ port, token: discord.token });
    await bot.ready();
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    const reply = await later.addUser({ username: 'patient' }).asks('Are you there by now?');
    expect(reply.content).toBe('You said: Are you there by now?');
    expect(await bot.stop()).toBe(0);
  });

  it('stops with 0 when it is told to between two attempts', async () => {
    await using around = await makeSurroundings();
    await around.discord.stop();
    const bot = await around.start();
    await bot.line(/"Discord cannot be reached\."/);
    expect(await bot.stop()).toBe(0);
    expect(bot.stderr).toEqual([]);
  });

  it('stops with 0 when it is told to while Discord does not answer', async () => {
    await using around = await makeSurroundings();
    around.discord.gateway.freeze();
    const asked = once(around.discord, 'request');
    const bot = await around.start();
    await asked;
    expect(await bot.stop()).toBe(0);
    expect(bot.stderr).toEqual([]);
  });
});

describe.skipIf(!inject('postgres'))('a process whose port is taken', { concurrent: true }, () => {
  it('says which one and exits with 1', async () => {
    await using around = await makeSurroundings();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const bot = await around.start({ HEALTH_CHECK_PORT: String(port) });
    expect(await bot.ended).toBe(1);
    expect(bot.stderr).toEqual([expect.stringMatching(`^PortTaken: 127\\.0\\.0\\.1:${port} .*HEALTH_CHECK_PORT`)]);
    other.close();
  });
});

describe.skipIf(!inject('postgres'))('a process that is killed', { concurrent: true }, () => {
  it('has kept what Node compiled for the next start', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'steward-compiled-'));
    try {
      await using around = await makeSurroundings();
      const identified = once(around.discord, 'ready');
      const bot = await around.start({ NODE_COMPILE_CACHE: cache });
      await identified;
      expect(await bot.stop('SIGKILL')).toBe('SIGKILL');
      // As many as discord.js alone has; Node keeps them in a folder for its version.
      expect((await readdir(cache, { recursive: true })).length).toBeGreaterThan(300);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });
});
