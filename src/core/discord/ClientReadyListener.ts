import { Events, Listener } from '@sapphire/framework';

/** Takes the place of Sapphire's `CoreReady`, which asks Discord for application commands at each start; the bot has none. */
export class ClientReadyListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.ClientReady });
  }

  override run(): void {
    const { client } = this.container;
    client.id ??= client.user?.id ?? null;
  }
}
