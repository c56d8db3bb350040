import { Client, type ClientOptions, Events, GatewayIntentBits, Partials } from 'discord.js';
import { connection, forward } from './forward.ts';

// A bot of discord.js alone.
const options: Omit<ClientOptions, 'tasks'> = {
  intents: [GatewayIntentBits.DirectMessages],
  partials: [Partials.Channel],
  rest: connection.rest,
};
const client = new Client(options as ClientOptions);
client.on(Events.MessageCreate, (message) => void forward(message));
await client.login(connection.token);
