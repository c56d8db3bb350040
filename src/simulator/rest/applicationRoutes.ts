import type { APIApplication, ApplicationFlags } from 'discord.js';
import type { FastifyInstance } from 'fastify';
import type { RestHost } from './RestHost.ts';

/** The bot as an application; it has no application commands: https://discord.com/developers/docs/resources/application */
export function applicationRoutes(api: FastifyInstance, { world }: RestHost): void {
  const application = async (): Promise<APIApplication> => ({
    id: world.bot.id,
    name: world.bot.username,
    icon: null,
    description: 'A bot in a simulated Discord.',
    bot_public: false,
    bot_require_code_grant: false,
    bot: world.bot,
    summary: '',
    verify_key: '0'.repeat(64),
    team: null,
    flags: 0 as ApplicationFlags,
    flags_new: '0',
  });
  api.get('/applications/@me', application);
  api.get('/oauth2/applications/@me', application);

  for (const scope of ['', '/guilds/:guildId']) {
    api.get(`/applications/:applicationId${scope}/commands`, async () => []);
    api.put(`/applications/:applicationId${scope}/commands`, async () => []);
  }
}
