import type { APIGatewayBotInfo, APIGatewayInfo } from 'discord.js';
import type { FastifyInstance } from 'fastify';
import type { RestHost } from './RestHost.ts';

/** Where the gateway is: https://discord.com/developers/docs/events/gateway#get-gateway-bot */
export function gatewayRoutes(api: FastifyInstance, { gatewayUrl }: RestHost): void {
  api.get('/gateway', async (): Promise<APIGatewayInfo> => ({ url: gatewayUrl() }));

  api.get('/gateway/bot', async (): Promise<APIGatewayBotInfo> => {
    const session_start_limit = { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 };
    return { url: gatewayUrl(), shards: 1, session_start_limit };
  });
}
