import type { RawEnvironment } from '../core/config.ts';
import { readConfiguration } from '../core/createBot.ts';
import type { Config } from '../core/defineConfig.ts';
import { KernelError } from '../core/errors.ts';
import { holderOf } from './holderOf.ts';

/** What the checks know of the bot: how it is put together and what its environment says. */
export interface Situation extends ReturnType<typeof readConfiguration> {
  /** Without a token the bot lives in the playground, whose Discord is simulated. */
  readonly isPlayground: boolean;
  /** Else the playground brings a stand-in. */
  readonly hasWorkflow: boolean;
  /** Who works in DATA_DIR now, as "process 123"; undefined when nobody does. */
  readonly holder: string | undefined;
}

/** The situation, as far as the environment tells it, and what is wrong with the environment. */
export interface Reading {
  readonly situation: Situation | undefined;
  /** A line each, as the boot says it. */
  readonly mistakes: readonly string[];
}

/** What a variable's name begins with: those that belong together share it. */
export const familyOf = (name: string): string => name.split(/[_:]/, 1)[0] ?? '';

const standIns = { DISCORD_TOKEN: 'playground', N8N_WEBHOOK_URL: 'http://127.0.0.1' };

/**
 * Reads the environment as the boot does. Where it has mistakes, the situation is what is left of it without them.
 * @throws KernelError when the bot is put together wrongly
 */
export function readSituation(config: Config, raw: RawEnvironment): Reading {
  const isPlayground = raw.DISCORD_TOKEN === undefined && raw.DISCORD_TOKEN_FILE === undefined;
  const toSituation = (given: RawEnvironment): Situation => {
    const configuration = readConfiguration(config, given);
    return {
      ...configuration,
      secrets: configuration.secrets.filter((secret) => secret !== standIns.DISCORD_TOKEN),
      isPlayground,
      hasWorkflow: raw.N8N_WEBHOOK_URL !== undefined,
      holder: holderOf(configuration.env.DATA_DIR),
    };
  };
  try {
    return { situation: toSituation({ ...(isPlayground ? standIns : {}), ...raw }), mistakes: [] };
  } catch (error) {
    const mistakes = mistakesIn(error);
    const families = new Set(mistakes.map(familyOf));
    const rest = Object.fromEntries(Object.entries(raw).filter(([name]) => !families.has(familyOf(name))));
    return { situation: orNothing(() => toSituation({ ...standIns, ...rest })), mistakes };
  }
}

function mistakesIn(error: unknown): string[] {
  if (!(error instanceof KernelError) || error.code !== 'BadEnvironment') throw error;
  const [first = '', ...lines] = error.message.split('\n');
  return lines.length === 0 ? [first] : lines.map((line) => line.replace(/^\s*- /, ''));
}

// A variable that another one asks for may be missing now: then there is nothing to go by.
function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    mistakesIn(error);
    return undefined;
  }
}
