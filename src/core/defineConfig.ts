import type { Wording } from './conversation/ConversationPipeline.ts';
import type { Pieces, Plugin } from './definePlugin.ts';

/** The bot on one page. */
export interface Config extends Pieces {
  readonly plugins: readonly Plugin[];
  readonly wording: Wording;
}

/** Declares the bot: which plugins it has, and the pieces that belong to no plugin. */
export function defineConfig(config: Config): Config {
  return config;
}
