import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MovableTime } from '../../src/simulator/MovableTime.ts';
import { Snowflakes, timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';

const DAY = 86_400_000;
const RealDate = Date;
const realNow = Date.now;

describe('time that can be moved', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steward-clock-'));
    file = join(folder, 'playground-clock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the real time until it is moved, and again when it ends', () => {
    {
      using time = new MovableTime();
      expect(Math.abs(Date.now() - realNow.call(RealDate))).toBeLessThan(1_000);
      time.advance(DAY);
      expect(Date.now() - realNow.call(RealDate)).toBeGreaterThan(DAY - 1_000);
    }
    expect(Date).toBe(RealDate);
    expect(Date.now).toBe(realNow);
  });

  it('is the same for everyone who asks, however they ask', () => {
    const now = () => RealDate.now();
    using time = new MovableTime();
    time.advance(30 * DAY);
    const expected = realNow.call(RealDate) + 30 * DAY;
    const asked = [
      Date.now(),
      now(),
      Date.parse(new Date().toISOString()),
      Date.parse(Date()),
      new (class extends Date {})().getTime(),
      timeOfSnowflake(new Snowflakes().next()),
    ];
    for (const answer of asked) expect(Math.abs(answer - expected)).toBeLessThan(2_000);
  });

  it('leaves dates alone that say which moment they mean, and dates from before are still dates', () => {
    const before = new Date(0);
    using time = new MovableTime();
    time.advance(DAY);
    expect(new Date(2026, 10, 23).getTime()).toBe(new RealDate(2026, 10, 23).getTime());
    expect(new Date('2026-11-23T00:00:00Z').toISOString()).toBe('2026-11-23T00:00:00.000Z');
    expect(before).toBeInstanceOf(Date);
    expect(new Date()).toBeInstanceOf(RealDate);
    expect(structuredClone(new Date(5))).toEqual(new RealDate(5));
  });

  it('moves forward only', () => {
    using time = new MovableTime();
    for (const step of [-1, Number.NaN]) expect(() => time.advance(step)).toThrow('Time moves forward only.');
    expect(time.ahead).toBe(0);
  });

  it('is as far ahead after a restart, because what was written then is', async () => {
    {
      using time = new MovableTime(file);
      time.advance(DAY);
      time.advance(DAY);
    }
    expect(await readFile(file, 'utf8')).toBe(`${2 * DAY}\n`);
    using again = new MovableTime(file);
    expect(again.ahead).toBe(2 * DAY);
  });

  it('says which file to delete when there is something else in it', async () => {
    for (const text of ['', 'tomorrow', '-5', 'Infinity', '1e300']) {
      await writeFile(file, text);
      expect(() => new MovableTime(file), text).toThrow(`${file} should say`);
    }
    expect(Date).toBe(RealDate);
  });
});
