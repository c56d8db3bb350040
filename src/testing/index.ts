// All that tests of a plugin need of this project, see README.md. Importing it gives Vitest's `expect` the matchers.
import './matchers/register.ts';

export { days, hours, minutes, seconds } from '../core/time.ts';
export { ControlledClock } from './ControlledClock.ts';
export {
  describeRepository,
  type RepositoryMakers,
  type RepositoryTest,
} from './repositories/describeRepository.ts';
export { Said } from './Said.ts';
export { adminId, moderatorId, startTestBot, type TestBot, type TestBotOptions } from './startTestBot.ts';
export type { TestBotDatabase } from './TestBotDatabase.ts';
export type { TestFile } from './TestFile.ts';
export type { TestUser } from './TestUser.ts';
