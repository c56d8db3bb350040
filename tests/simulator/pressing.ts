import { once } from 'node:events';
import { type ButtonInteraction, type Client, ComponentType, Events } from 'discord.js';
import type { SimulatorOptions } from '../../src/simulator/DiscordSimulator.ts';
import { logIn } from './discordClient.ts';
import { call, meet } from './restClient.ts';

/** A row of buttons with these labels; the custom ids are the same in lower case. */
export const row = (...names: string[]) => ({
  type: ComponentType.ActionRow,
  components: names.map((name) => ({
    type: ComponentType.Button,
    style: 1,
    label: name,
    custom_id: name.toLowerCase(),
  })),
});

/** The form of a message with a row of buttons. */
export const page = (content: string, ...names: string[]) => ({ content, components: [row(...names)] });

/** So that a busy machine makes no press fail. */
export const patient = { interactionPatience: 60_000 };

/** A person who has pressed a button, and no bot. */
export async function pressedBefore(options?: SimulatorOptions) {
  const { simulator, ada, messages } = await meet(options);
  const { body } = await call(simulator, 'POST', messages, page('Page 1', 'Next'));
  return { simulator, press: ada.presses(body.id, 'Next') };
}

/** A press that discord.js has heard of. */
export async function pressed() {
  const { simulator, ada, messages } = await meet(patient);
  const { body } = await call(simulator, 'POST', messages, page('Page 1', 'Next'));
  const client = await logIn(simulator);
  const heard = nextPress(client);
  const press = ada.presses(body.id, 'Next');
  return { simulator, ada, messages, client, press, interaction: await heard };
}

/** The next press that the client is told of. */
export async function nextPress(client: Client): Promise<ButtonInteraction> {
  const [interaction] = await once(client, Events.InteractionCreate);
  if (!interaction.isButton()) throw new Error('Something else than a button was used.');
  return interaction;
}
