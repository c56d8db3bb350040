import { once } from 'node:events';
import { container, InteractionHandler, InteractionHandlerTypes, LogLevel, SapphireClient } from '@sapphire/framework';
import { type ButtonInteraction, type ClientOptions, Events, GatewayIntentBits, Partials } from 'discord.js';
import { expect, it, onTestFinished } from 'vitest';
import { patient } from './pressing.ts';
import { call, meet } from './restClient.ts';

class TurnPage extends InteractionHandler {
  constructor(context: InteractionHandler.LoaderContext, options: InteractionHandler.Options) {
    super(context, { ...options, interactionHandlerType: InteractionHandlerTypes.Button });
  }

  override parse({ customId }: ButtonInteraction) {
    const number = /^page:(\d+)$/.exec(customId)?.[1];
    return number === undefined ? this.none() : this.some(Number(number));
  }

  override async run(interaction: ButtonInteraction, number: number) {
    await interaction.update({ content: `Page ${number}`, components: [] });
  }
}

it('Sapphire finds the handler of a pressed button and runs it', async () => {
  const { simulator, ada, messages } = await meet(patient);
  const client = new SapphireClient({
    intents: [GatewayIntentBits.DirectMessages],
    partials: [Partials.Channel],
    baseUserDirectory: null,
    rest: { api: simulator.apiUrl },
    logger: { level: LogLevel.None },
  } as Partial<ClientOptions> as ClientOptions);
  onTestFinished(() => client.destroy());
  await container.stores.loadPiece({ store: 'interaction-handlers', name: 'turn-page', piece: TurnPage });
  const ready = once(client, Events.ClientReady);
  await client.login(simulator.token);
  await ready;
  const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'Next', custom_id: 'page:2' }] }];
  const { body } = await call(simulator, 'POST', messages, { content: 'Page 1', components });

  expect(await ada.presses(body.id, 'Next').settled).toBe('answered');
  expect(ada.heard).toMatchObject([{ content: 'Page 2', components: [] }]);
});
