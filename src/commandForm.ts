import type { Command } from '@sapphire/framework';
import { asWritten } from './asWritten.ts';

/** How a command is written, prefix and arguments and all: `!help [command]`. */
export const commandForm = ({ name, detailedDescription }: Command): string =>
  [asWritten(name), String(detailedDescription)].filter(Boolean).join(' ');
