import { type Args, Command, UserError } from '@sapphire/framework';
import { escapeMarkdown, type Message } from 'discord.js';
import { answer, relativeTime } from '#core';
import { asWritten } from '../asWritten.ts';

type Plugins = Command['container']['plugins'];
type Report = ReturnType<Plugins['list']>[number];
type Kept = Awaited<ReturnType<Plugins['disable']>>;

/** Shows what the bot is made of, and switches parts of it off and on. */
export class PluginsCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Shows my plugins and how they are, and switches one off or on.',
      detailedDescription: '[disable|enable <name>]',
      preconditions: ['AdminOnly'],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const { plugins } = this.container;
    if (args.finished) return answer(message, this.#overview(plugins.list()));
    const action = (await args.pick('string')).toLowerCase();
    if (action !== 'disable' && action !== 'enable')
      throw new UserError({ identifier: 'WrongArguments', message: 'I can `disable` and `enable` a plugin.' });
    if (args.finished) throw new UserError({ identifier: 'WrongArguments', message: 'Which plugin?' });
    const name = (await args.pick('string')).replaceAll('`', '').toLowerCase();
    const kept = await plugins[action](name);
    const done = action === 'disable' ? 'off' : 'on again';
    await answer(message, `I switched \`${name}\` ${done}. ${this.#reach(kept, name, action)}`);
  }

  #overview(reports: readonly Report[]): string {
    return [
      'I am made of these plugins:',
      ...reports.map((report) => `- ${line(report)}`),
      `\`${asWritten(this.name)} disable <name>\` switches one off, \`${asWritten(this.name)} enable <name>\` on again.`,
    ].join('\n');
  }

  #reach(kept: Kept, name: string, action: 'disable' | 'enable'): string {
    if (kept === 'nowhere')
      return 'I could not write that down: it holds for this instance only, and until I am restarted.';
    const until = action === 'disable' ? `, until you write \`${asWritten(this.name)} enable ${name}\`` : '';
    return kept === 'kept'
      ? `That holds after a restart too${until}; other instances follow within seconds.`
      : `That holds after a restart too${until}. The database does not answer right now: other instances follow when it is back.`;
  }
}

function line({ name, state, reason, since, nextAttempt }: Report): string {
  const what = since && state !== 'running' ? `${state}, ${relativeTime(since)}` : state;
  const why = reason === undefined ? '' : `: ${short(reason)}`;
  const next = nextAttempt ? ` I try it again ${relativeTime(nextAttempt)}.` : '';
  return `\`${name}\` – ${what}${why}${next}`;
}

function short(reason: string): string {
  const letters = [...escapeMarkdown(reason.replace(/\s+/g, ' '))];
  return letters.length > 200 ? `${letters.slice(0, 200).join('')}…` : letters.join('');
}
