import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import config from '../../sapphire.config.ts';
import { Journal } from '../../src/core/journal/Journal.ts';
import { judgeRoom, judgeSync } from '../../src/doctor/checks/judgeDisk.ts';
import { diagnose, listenForTest, makeHealthy } from './surroundings.ts';

const log = pino({ level: 'silent' });

describe('the doctor at the disk', () => {
  it('measures it, and leaves nothing behind', async () => {
    const { environment } = await makeHealthy();
    await mkdir(environment.DATA_DIR);
    const found = await diagnose({ ...environment, JOURNAL_MAX_MB: '16' });
    expect(found.get('disk')).toMatchObject({ finding: expect.stringMatching(/^\d+ [MG]iB free for .+data$/) });
    expect(found.get('disk sync')?.finding).toMatch(/^a line is safe after \d+\.\d ms/);
    expect(await readdir(environment.DATA_DIR)).toEqual([]);
  });

  it('warns where the journal could not grow as far as it may', async () => {
    const { environment } = await makeHealthy();
    expect((await diagnose({ ...environment, JOURNAL_MAX_MB: '1048576' })).get('disk')?.mark).toBe('warning');
  });

  it('finds a file in the place of the folder', async () => {
    const { environment } = await makeHealthy();
    await writeFile(environment.DATA_DIR, '');
    const found = await diagnose(environment);
    expect(found.get('disk')).toMatchObject({ mark: 'broken', cure: expect.stringContaining('DATA_DIR') });
    expect(found.get('fonts')?.mark).toBe('ok');
  });
});

describe('a disk', () => {
  it.each([
    [63, 1_024, 'broken'],
    [64, 1_024, 'warning'],
    [1_023, 1_024, 'warning'],
    [1_024, 1_024, 'ok'],
  ])('with %i MiB free, for a journal of up to %i MiB, is %s', (free, most, mark) => {
    expect(judgeRoom('/data', free, most).mark).toBe(mark);
  });

  it('that takes long to write is worth a warning', () => {
    expect(judgeSync(100).mark).toBe('ok');
    expect(judgeSync(101)).toMatchObject({ mark: 'warning', finding: expect.stringContaining('101.0 ms') });
  });
});

describe('the doctor at the journal', () => {
  const fill = async (folder: string, work: (journal: Journal) => Promise<unknown>, now = Date.now) => {
    const journal = await Journal.open({ folder, maxBytes: 16 * 1_048_576, log, now });
    await work(journal);
    await journal.close();
  };
  const contents = async (folder: string) =>
    Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'latin1')]));

  it('counts what waits and what was put aside, and changes nothing', async () => {
    const { environment } = await makeHealthy();
    const folder = join(environment.DATA_DIR, 'journal');
    expect((await diagnose(environment)).get('journal')).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^nothing waits/),
    });
    expect(existsSync(folder)).toBe(false);
    await fill(folder, async (journal) => {
      const [settled, dead] = [await journal.append('write', 'a'), await journal.append('write', 'b')];
      await journal.append('write', 'what somebody wrote');
      await journal.append('answer', 'c');
      await journal.deadLetters.add(dead, { code: '23514', reason: 'It is bad.' });
      journal.settle([settled, dead]);
    });
    const before = await contents(folder);
    const found = await diagnose(environment);
    expect(found.get('journal')).toMatchObject({ mark: 'ok', finding: expect.stringMatching(/^2 waiting,/) });
    expect(found.get('dead letters')).toMatchObject({
      mark: 'warning',
      finding: expect.stringMatching(/^1 put aside/),
      cure: expect.stringContaining('npm run journal -- ls'),
    });
    expect(await contents(folder)).toEqual(before);
  });

  it('warns of what waits for long', async () => {
    const { environment } = await makeHealthy();
    const past = Date.now() - 3_600_000;
    await fill(
      join(environment.DATA_DIR, 'journal'),
      (journal) => journal.append('write', 'a'),
      () => past,
    );
    expect((await diagnose(environment)).get('journal')).toMatchObject({
      mark: 'warning',
      finding: expect.stringContaining('1 waiting, the oldest for 60 minutes'),
      cure: expect.stringContaining('database'),
    });
  });

  it('finds a full one', async () => {
    const { environment } = await makeHealthy();
    const text = 'x'.repeat(200_000);
    await fill(join(environment.DATA_DIR, 'journal'), async (journal) => {
      const isFull = () =>
        journal.append('write', text).then(
          () => false,
          () => true,
        );
      while (!(await isFull())) expect(journal.bytes).toBeLessThan(17 * 1_048_576);
    });
    const journal = (await diagnose({ ...environment, JOURNAL_MAX_MB: '16' })).get('journal');
    expect(journal).toMatchObject({ mark: 'broken', finding: expect.stringMatching(/^full: .* of 16 MiB$/) });
    expect((await diagnose({ ...environment, JOURNAL_MAX_MB: '18' })).get('journal')?.mark).toBe('warning');
    expect((await diagnose({ ...environment, JOURNAL_MAX_MB: '32' })).get('journal')?.mark).toBe('ok');
  });
});

describe('the doctor at the port', () => {
  it('finds one that is free, and one that is somebody else’s', async () => {
    const { environment } = await makeHealthy();
    const taken = await listenForTest((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"status":"ok"}'),
    );
    expect((await diagnose({ ...environment, HEALTH_CHECK_PORT: `${taken}` })).get('port')).toMatchObject({
      mark: 'broken',
      finding: `another program listens on 127.0.0.1:${taken}`,
      cure: expect.stringContaining('HEALTH_CHECK_PORT'),
    });
    const free = await freePort();
    expect((await diagnose({ ...environment, HEALTH_CHECK_PORT: `${free}` })).get('port')).toMatchObject({
      mark: 'ok',
      finding: `127.0.0.1:${free} is free`,
    });
  });

  it('gives a program up that says nothing', async () => {
    const { environment } = await makeHealthy();
    const found = await diagnose({ ...environment, HEALTH_CHECK_PORT: `${await listenForTest()}` });
    expect(found.get('port')?.mark).toBe('broken');
  });

  it('finds an address that is not this machine’s', async () => {
    const { environment } = await makeHealthy();
    const found = await diagnose({ ...environment, HEALTH_CHECK_HOST: '203.0.113.7', HEALTH_CHECK_PORT: '34567' });
    expect(found.get('port')).toMatchObject({ mark: 'broken', cure: expect.stringContaining('HEALTH_CHECK_HOST') });
  });
});

describe('the doctor at the fonts', () => {
  const withCharts = (render: () => Promise<Buffer>) => ({
    ...config,
    plugins: config.plugins.map((plugin) =>
      plugin.name === 'analytics'
        ? { ...plugin, services: { ...plugin.services, charts: () => ({ render, close: () => undefined }) } }
        : plugin,
    ),
  });

  it('draws a chart', async () => {
    expect((await diagnose((await makeHealthy()).environment)).get('fonts')).toMatchObject({ mark: 'ok' });
  });

  it('finds a chart without its words, and one that cannot be drawn; the other checks go on', async () => {
    const { environment } = await makeHealthy();
    const wordless = await diagnose(
      environment,
      withCharts(() => Promise.resolve(Buffer.from('a picture'))),
    );
    expect(wordless.get('fonts')).toMatchObject({ mark: 'broken', finding: 'the words of the chart are not drawn' });
    const missing = await diagnose(
      environment,
      withCharts(() => Promise.reject(new Error('The font is missing.'))),
    );
    expect(missing.get('fonts')).toMatchObject({ mark: 'broken', finding: 'The font is missing.' });
    expect([...missing.values()].filter(({ mark }) => mark === 'broken')).toHaveLength(1);
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
