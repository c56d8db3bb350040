import { Registry } from 'prom-client';
import type { PluginContext } from '../core/definePlugin.ts';
import { createLog } from '../core/log/createLog.ts';
import { Roles } from '../core/Roles.ts';
import { systemClock } from '../core/time.ts';
import type { Situation } from './Situation.ts';

/** Makes one service as its plugin's manifest says, without the bot around it; undefined where no plugin has it. */
export function makeService<Service>(situation: Situation, name: string): Service | undefined {
  const plugin = situation.plugins.find(({ services = {} }) => name in services);
  if (!plugin) return undefined;
  const { env, secrets } = situation;
  const log = createLog({ level: 'silent', secrets });
  const roles = new Roles(env.ADMIN_IDS, env.MODERATOR_IDS);
  const container = { clock: systemClock, log, metrics: new Registry(), roles };
  const context = { env: situation.ofPlugin(plugin), container, log } as unknown as PluginContext;
  // Only what is asked for is made: others of the plugin may need the database.
  for (const [each, make] of Object.entries(plugin.services ?? {}))
    Object.defineProperty(container, each, { get: () => make(context) });
  return (container as Record<string, unknown>)[name] as Service;
}
