import { type Client, Events, RESTEvents, type ResponseLike } from 'discord.js';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Gateway } from '../discord/Gateway.ts';

/** Shows the connection to Discord in a bot's metrics, until the returned function is called. */
export function watchDiscord(metrics: Registry, client: Client, gateway: Gateway): () => void {
  const registers = [metrics];
  new Gauge({
    name: 'steward_discord_live',
    help: '1 while the session with Discord is live, as /ready says.',
    registers,
    collect() {
      this.set(gateway.state === 'live' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'steward_discord_silence_seconds',
    help: 'Since the gateway last said something, be it an answer to a heartbeat.',
    registers,
    collect() {
      this.set(gateway.silence / 1_000);
    },
  });
  const reconnects = new Counter({
    name: 'steward_discord_reconnects_total',
    help: 'How often the connection to the gateway was lost and is made anew.',
    registers,
  });
  const requests = new Counter({
    name: 'steward_discord_requests_total',
    help: 'Answers of Discord’s REST interface by HTTP status; 429 is its rate limit.',
    labelNames: ['status'],
    registers,
  });
  const onReconnecting = (): void => reconnects.inc();
  const onResponse = (_: unknown, { status }: ResponseLike): void => requests.inc({ status: String(status) });
  client.on(Events.ShardReconnecting, onReconnecting);
  client.rest.on(RESTEvents.Response, onResponse);
  return () => {
    client.off(Events.ShardReconnecting, onReconnecting);
    client.rest.off(RESTEvents.Response, onResponse);
  };
}
