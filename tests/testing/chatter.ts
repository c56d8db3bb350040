import { type Args, Command, InteractionHandler, InteractionHandlerTypes, UserError } from '@sapphire/framework';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import type { ButtonInteraction, Message } from 'discord.js';
import { answer, definePlugin } from '#core';

const buttons = (disabled = false) => [
  {
    type: 1,
    components: [
      { type: 2, style: 2, label: 'Older', custom_id: 'chatter:older', disabled },
      { type: 2, style: 2, label: 'Whisper', custom_id: 'chatter:whisper' },
    ],
  },
];

class PagesCommand extends Command {
  override async messageRun(message: Message): Promise<void> {
    const file = { attachment: Buffer.from('all of it'), name: 'all.txt' };
    await answer(message, { content: 'Page 1', embeds: [{ title: 'One' }], files: [file], components: buttons() });
  }
}

/** Says something of its own accord, not as a reply. */
class ShoutCommand extends Command {
  override async messageRun({ channel }: Message): Promise<void> {
    if (channel.isSendable()) for (const text of ['Hear', 'hear!']) await channel.send(text);
  }
}

/** Answers in parts that do not wait for one another, or as discord.js would. */
class AtLengthCommand extends Command {
  override async messageRun(message: Message, args: Args): Promise<void> {
    const word = await args.pick('string');
    await Promise.all([answer(message, `${word}\n`.repeat(700)), message.reply(word)]);
  }
}

class RefuseCommand extends Command {
  override async messageRun(): Promise<void> {
    throw new UserError({ identifier: 'WrongArguments', message: 'I do not want to.' });
  }
}

class PagesHandler extends InteractionHandler {
  constructor(context: InteractionHandler.LoaderContext) {
    super(context, { interactionHandlerType: InteractionHandlerTypes.Button });
  }

  override parse({ customId }: ButtonInteraction) {
    return customId.startsWith('chatter:') ? this.some(customId) : this.none();
  }

  override async run(interaction: ButtonInteraction, id: string): Promise<void> {
    if (id === 'chatter:older') await interaction.update({ content: 'Page 2', components: buttons(true) });
    else await interaction.reply({ content: 'Psst.', flags: 'Ephemeral' });
  }
}

class BrokenTask extends ScheduledTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '0 0 1 1 *' });
  }

  override run(): never {
    throw new Error('The task is broken.');
  }
}

/** A plugin that does whatever bots do, to be talked to. */
export const chatter = () =>
  definePlugin({
    name: 'chatter',
    commands: { atlength: AtLengthCommand, pages: PagesCommand, shout: ShoutCommand, refuse: RefuseCommand },
    interactionHandlers: { pages: PagesHandler },
    tasks: { broken: BrokenTask },
    conversation: {
      async respond({ text }, _recollection, draft) {
        if (text === 'no') throw new UserError({ identifier: 'Unwilling' });
        if (text === 'later') return { later: 50 };
        draft(`${text}, I`);
        return { text: `${text}, I say` };
      },
    },
  });
