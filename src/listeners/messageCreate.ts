import { container, Events, Listener } from '@sapphire/framework';
import { type Message, MessageType } from 'discord.js';
import { answer, cleanText } from '#core';
import { asWritten } from '../asWritten.ts';
import { nearestCommand } from '../nearestCommand.ts';
import { wording } from '../wording.ts';

/** A message that ends the bot, or something under it, so many times is not tried again. */
const mostAttempts = 3;

/** Where every message comes in, in place of Sapphire's own listener: who is not meant leaves here, the rest is claimed. */
export class MessageCreateListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCreate });
  }

  override async run(message: Message): Promise<void> {
    if (!isForTheBot(message)) return;
    // Here and for all: what commands read and answers quote has to be storable and sendable.
    message.content = cleanText(message.content);
    const { conversation } = this.container;
    const taken = await conversation.take(message);
    if (taken.verdict === 'refused') await answer(message, wording.cannotTakeOn());
    if (taken.verdict !== 'mine') return;
    try {
      if (taken.attempts > mostAttempts) throw new Error(`It was tried ${mostAttempts} times before.`);
      await this.#handOver(message);
    } catch (error) {
      await conversation.apologise(message, error);
    }
  }

  async #handOver(message: Message): Promise<void> {
    const { client, conversation } = this.container;
    if (message.inGuild()) return conversation.remark(message, wording.onlyInDirectMessages());
    if (message.content.startsWith('/')) return conversation.remark(message, await slashHint(message));
    // Sapphire ends a command's name at a space only; people end it with a line break too.
    if (message.content.startsWith(asWritten(''))) message.content = message.content.replace(/\s/, ' ');
    client.emit(Events.PreMessageParsed, message);
  }
}

function isForTheBot({ author, webhookId, type, mentions, guildId }: Message): boolean {
  if (author.bot || author.system || webhookId !== null) return false;
  if (type !== MessageType.Default && type !== MessageType.Reply) return false;
  return guildId === null || mentions.users.has(String(container.client.user?.id));
}

async function slashHint(message: Message): Promise<string> {
  const [written = '/'] = message.content.split(/\s/, 1);
  const nearest = await nearestCommand(message, written.slice(1));
  return wording.slashCommand(written, asWritten(nearest));
}
