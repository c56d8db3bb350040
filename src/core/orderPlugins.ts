import type { Pieces, Plugin } from './definePlugin.ts';
import { pieceStores } from './discord/pieceStores.ts';
import { KernelError } from './errors.ts';

const kernelServices = new Set([
  'applicationCommandRegistries',
  'client',
  'clock',
  'conversation',
  'database',
  'deriveKey',
  'intake',
  'log',
  'logger',
  'metrics',
  'plugins',
  'roles',
  'scheduler',
  'status',
  'stores',
]);

/**
 * The plugins so that each comes after those whose services it requires.
 * @throws KernelError DuplicatePlugin, DuplicateService, MissingService, CircularNeed
 */
export function orderPlugins(plugins: readonly Plugin[]): Plugin[] {
  refuseDuplicateNames(plugins);
  const providers = findProviders(plugins);
  const ordered: Plugin[] = [];
  const visit = (plugin: Plugin, path: readonly Plugin[]): void => {
    if (ordered.includes(plugin)) return;
    if (path.includes(plugin)) {
      const circle = [...path.slice(path.indexOf(plugin)), plugin].map(({ name }) => name).join(' → ');
      throw new KernelError(
        'CircularNeed',
        `These plugins need each other: ${circle}. Move what they share to a plugin of its own.`,
      );
    }
    for (const service of plugin.requires ?? []) {
      if (kernelServices.has(service)) continue;
      const provider = providers.get(service);
      if (provider) visit(provider, [...path, plugin]);
      else throw missing(plugin, service);
    }
    ordered.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return ordered;
}

/**
 * Sapphire replaces a piece by a later one of the same name without a word; here that ends the boot.
 * @throws KernelError DuplicatePiece
 */
export function refuseDuplicatePieces(owners: readonly (Pieces & { readonly name: string })[]): void {
  for (const [kind] of pieceStores) {
    const seen = new Map<string, string>();
    for (const owner of owners) {
      for (const piece of Object.keys(owner[kind] ?? {})) {
        const other = seen.get(piece);
        if (other !== undefined) {
          throw new KernelError(
            'DuplicatePiece',
            `${owner.name} and ${other} both have "${piece}" among their ${kind}. Rename one.`,
          );
        }
        seen.set(piece, owner.name);
      }
    }
  }
}

function refuseDuplicateNames(plugins: readonly Plugin[]): void {
  const seen = new Set<string>();
  for (const { name } of plugins) {
    if (seen.has(name))
      throw new KernelError('DuplicatePlugin', `Two plugins are called "${name}". Remove or rename one.`);
    seen.add(name);
  }
}

function findProviders(plugins: readonly Plugin[]): Map<string, Plugin> {
  const providers = new Map<string, Plugin>();
  for (const plugin of plugins) {
    for (const service of Object.keys(plugin.services ?? {})) {
      const other = providers.get(service)?.name ?? (kernelServices.has(service) ? 'the kernel' : undefined);
      if (other !== undefined) {
        throw new KernelError(
          'DuplicateService',
          `${plugin.name} and ${other} both provide the service "${service}". Rename one.`,
        );
      }
      providers.set(service, plugin);
    }
  }
  return providers;
}

function missing(plugin: Plugin, service: string): KernelError {
  return new KernelError(
    'MissingService',
    `The plugin "${plugin.name}" requires the service "${service}", which no plugin provides. Add the plugin that does to sapphire.config.ts.`,
  );
}
