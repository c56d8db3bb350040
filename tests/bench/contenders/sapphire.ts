import { Events, Listener, SapphireClient } from '@sapphire/framework';
import { type ClientOptions, GatewayIntentBits, type Message, Partials } from 'discord.js';
import { connection, forward } from './forward.ts';

// A bot of Sapphire with one listener.
class ForwardListener extends Listener<typeof Events.MessageCreate> {
  override run(message: Message): Promise<void> {
    return forward(message);
  }
}

const options: Omit<ClientOptions, 'tasks'> = {
  intents: [GatewayIntentBits.DirectMessages],
  partials: [Partials.Channel],
  baseUserDirectory: null,
  rest: connection.rest,
};
const client = new SapphireClient(options as ClientOptions);
await client.stores.loadPiece({
  store: 'listeners',
  name: 'forward',
  piece: class extends ForwardListener {
    constructor(context: Listener.LoaderContext) {
      super(context, { event: Events.MessageCreate });
    }
  },
});
await client.login(connection.token);
