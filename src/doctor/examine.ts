import type { RawEnvironment } from '../core/config.ts';
import type { Config } from '../core/defineConfig.ts';
import { KernelError } from '../core/errors.ts';
import { seconds } from '../core/time.ts';
import { withDeadline } from '../core/withDeadline.ts';
import type { Check } from './Check.ts';
import { callbacks } from './checks/callbacks.ts';
import { database } from './checks/database.ts';
import { discord } from './checks/discord.ts';
import { disk } from './checks/disk.ts';
import { fonts } from './checks/fonts.ts';
import { journal } from './checks/journal.ts';
import { port } from './checks/port.ts';
import { redis } from './checks/redis.ts';
import { workflow } from './checks/workflow.ts';
import { broken, type Finding, ok, skipped } from './Finding.ts';
import { isLate, reasonOf } from './reasonOf.ts';
import { familyOf, readSituation, type Situation } from './Situation.ts';
import { withoutSecrets } from './withoutSecrets.ts';

const checks: readonly Check[] = [discord, database, redis, workflow, callbacks, disk, journal, port, fonts];

/** Looks at everything that the bot needs, side by side; yields what was found, in one order, as soon as it is known. */
export async function* examine(config: Config, readEnvironment: () => RawEnvironment): AsyncGenerator<Finding> {
  const { situation, mistakes } = read(config, readEnvironment);
  const all = checks.map((check) => lookAt(check, situation, new Set(mistakes.map(familyOf))));
  for (const mistake of mistakes) yield toFinding(mistake);
  if (mistakes.length === 0) yield ok('environment', 'all variables make sense');
  for (const findings of all) for (const finding of await findings) yield withoutSecrets(finding, situation);
}

function read(config: Config, readEnvironment: () => RawEnvironment): ReturnType<typeof readSituation> {
  try {
    return readSituation(config, readEnvironment());
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { situation: undefined, mistakes: [error.message] };
  }
}

function toFinding(mistake: string): Finding {
  const isVariable = /^[A-Z][A-Z0-9_]*: /.test(mistake);
  const cure = isVariable ? 'Mend it in .env or where you set it; .env.example describes it.' : 'See docs/ERRORS.md.';
  return broken('environment', mistake, cure);
}

async function lookAt(
  check: Check,
  situation: Situation | undefined,
  faulty: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const { what, cure, reads } = check;
  if (!situation || reads.some((family) => faulty.has(family)))
    return [skipped(what, 'not looked at: the environment has to be mended first')];
  const deadline = check.deadline?.(situation) ?? seconds(5);
  try {
    return await withDeadline(check.run(situation, AbortSignal.timeout(deadline)), deadline);
  } catch (error) {
    const reason = isLate(error) ? `no answer within ${deadline / 1_000} s` : reasonOf(error);
    return [broken(what, reason, cure)];
  }
}
