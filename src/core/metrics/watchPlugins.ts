import { Gauge, type Registry } from 'prom-client';
import type { Status } from '../Status.ts';

/** Shows in a bot's metrics how each plugin is. */
export function watchPlugins(metrics: Registry, status: Pick<Status, 'plugins'>): void {
  new Gauge({
    name: 'steward_plugin_state',
    help: 'Always 1; says of each plugin whether it is running, disabled, parked or quarantined.',
    labelNames: ['plugin', 'state'],
    registers: [metrics],
    collect() {
      // Else the state before would stay beside it.
      this.reset();
      for (const [plugin, { state }] of Object.entries(status.plugins)) this.set({ plugin, state }, 1);
    },
  });
}
