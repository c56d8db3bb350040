import { once } from 'node:events';
import {
  Client,
  type ClientOptions,
  Events,
  GatewayIntentBits,
  type Message,
  type MessageCreateOptions,
  Partials,
} from 'discord.js';
import { onTestFinished } from 'vitest';
import { DiscordSimulator, type SimulatorOptions } from '../../src/simulator/DiscordSimulator.ts';

/** A simulator that ends with the test. */
export async function startSimulator(options?: SimulatorOptions): Promise<DiscordSimulator> {
  const simulator = await DiscordSimulator.start(options);
  onTestFinished(() => simulator.stop());
  return simulator;
}

/** The real discord.js, pointed at the simulator but not logged in; it ends with the test. */
export function makeClient(simulator: DiscordSimulator, options: Partial<ClientOptions> = {}): Client {
  const { Guilds, GuildMessages, DirectMessages } = GatewayIntentBits;
  const client = new Client({
    intents: [Guilds, GuildMessages, DirectMessages],
    partials: [Partials.Channel],
    ...options,
    rest: { api: simulator.apiUrl, ...options.rest },
  } as ClientOptions);
  onTestFinished(() => client.destroy());
  return client;
}

/** A bot that is logged in and ready. */
export async function logIn(simulator: DiscordSimulator, options?: Partial<ClientOptions>): Promise<Client<true>> {
  const client = makeClient(simulator, options);
  const ready = once(client, Events.ClientReady);
  await client.login(simulator.token);
  await ready;
  return client as Client<true>;
}

/** Answers every message of a person. */
export function onMessage(client: Client, answer: (message: Message) => Promise<unknown>): void {
  client.on(Events.MessageCreate, (message) => {
    // An unhandled rejection fails the test run, as it should.
    if (!message.author.bot) void answer(message);
  });
}

/** The next message that the client is told of, the bot's own included. */
export async function nextMessage(client: Client): Promise<Message> {
  const [message] = await once(client, Events.MessageCreate);
  return message;
}

/** The first message that says this, whatever comes before it. */
export function messageSaying(client: Client, text: string): Promise<Message> {
  const { promise, resolve } = Promise.withResolvers<Message>();
  client.on(Events.MessageCreate, (message) => {
    if (message.content.includes(text)) resolve(message);
  });
  return promise;
}

/** Everything that people say, as the client is told. */
export function collectContents(client: Client): string[] {
  const contents: string[] = [];
  client.on(Events.MessageCreate, (message) => {
    if (!message.author.bot) contents.push(message.content);
  });
  return contents;
}

/** Says something in a channel, as a bot does. */
export async function send(client: Client, channelId: string, options: MessageCreateOptions): Promise<Message> {
  const channel = await client.channels.fetch(channelId);
  if (!channel?.isSendable()) throw new Error(`${channelId} is no channel to send in.`);
  return channel.send(options);
}
