import { InteractionHandler, InteractionHandlerTypes } from '@sapphire/framework';
import { type ButtonInteraction, DiscordAPIError, MessageFlags, RESTJSONErrorCodes } from 'discord.js';
import { loadWarnings, maySee } from '../pages/loadWarnings.ts';
import { renderWarnings } from '../pages/renderWarnings.ts';
import { fromCustomId, type WarningsView } from '../pages/WarningsView.ts';

/** Another instance with the same token was first to answer the press. */
const answeredElsewhere = new Set<unknown>([
  RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
  RESTJSONErrorCodes.UnknownInteraction,
]);

/** Turns the pages of `!warnings`. */
export class WarningsPageHandler extends InteractionHandler {
  constructor(context: InteractionHandler.LoaderContext) {
    super(context, { interactionHandlerType: InteractionHandlerTypes.Button });
  }

  override parse({ customId }: ButtonInteraction) {
    const view = fromCustomId(customId);
    return view ? this.some(view) : this.none();
  }

  override async run(interaction: ButtonInteraction, view: WarningsView): Promise<void> {
    const letGo = this.container.intake.holdChannel(interaction.channelId, interaction.user.id);
    try {
      await this.#turn(interaction, view);
    } catch (error) {
      if (!(error instanceof DiscordAPIError && answeredElsewhere.has(error.code))) throw error;
    } finally {
      letGo();
    }
  }

  async #turn(interaction: ButtonInteraction, view: WarningsView): Promise<void> {
    const { id } = interaction.user;
    if (id !== view.asker) {
      const content = 'Only who asked for these pages can turn them.';
      await interaction.reply({ content, flags: MessageFlags.Ephemeral });
      return;
    }
    // Roles may have changed since the pages were asked for.
    const page = maySee(id, view)
      ? renderWarnings(await loadWarnings(view))
      : { content: 'You may not see these warnings any more.', components: [] };
    await interaction.update({ ...page, allowedMentions: { parse: [] } });
  }
}
