import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { ControlledClock } from '../../src/testing/ControlledClock.ts';
import type { Repositories, Storage } from '../support/repositories.ts';
import { analytics } from './analytics.ts';
import { cleanup } from './cleanup.ts';
import { conversations } from './conversations.ts';
import { mirrors } from './mirrors.ts';
import { moderationLog } from './moderationLog.ts';
import { n8nMemory } from './n8nMemory.ts';
import { rateLimits } from './rateLimits.ts';
import { slidingWindow } from './slidingWindow.ts';
import { sqlErasing } from './sqlErasing.ts';
import { sqlFunctions } from './sqlFunctions.ts';
import { warnings } from './warnings.ts';

/** What a test of a contract works with; all of it is new and empty in every test. */
export interface Given extends Repositories {
  clock: ControlledClock;
  /** Undefined where the storage is memory. */
  database: Storage['database'];
  /** Empties everything within a test. */
  startOver(): Promise<void>;
}

/** What every storage promises. */
export const contracts = { conversations, rateLimits, slidingWindow, warnings, analytics };

/** What a storage that is a database promises besides. */
export const databaseContracts = { ...contracts, n8nMemory, sqlFunctions, sqlErasing, mirrors, cleanup, moderationLog };

/** Runs the suites of contracts on one storage. */
export function describeContracts(
  open: () => Promise<Storage>,
  suites: Readonly<Record<string, (given: Given) => void>>,
): void {
  let storage: Storage;
  const given = {
    startOver: async () => {
      const clock = new ControlledClock();
      Object.assign(given, { clock, database: storage.database }, await storage.empty(clock));
    },
  } as Given;
  beforeAll(async () => {
    storage = await open();
  });
  beforeEach(() => given.startOver());
  afterAll(() => storage?.[Symbol.asyncDispose]());
  for (const [name, suite] of Object.entries(suites)) describe(name, () => suite(given));
}
