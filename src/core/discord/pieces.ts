import { container, type Piece, type Store, type StoreRegistryKey } from '@sapphire/framework';
import { ScheduledTaskStore } from '@sapphire/plugin-scheduled-tasks';
import type { Pieces } from '../definePlugin.ts';
import { KernelError } from '../errors.ts';
import { ClientReadyListener } from './ClientReadyListener.ts';
import { pieceStores } from './pieceStores.ts';

type PieceEntry = { store: StoreRegistryKey; name: string; piece: never };

/** Sapphire's own pieces that the bot brings its own version of. */
const replaced = new Set(['CoreMessageCreate', 'CorePreMessageCommandRun', 'CoreMessageCommandError']);

/**
 * Loads what a manifest lists into Sapphire's stores. Sapphire would let a later piece take the place of an earlier one
 * of the same name, its own included.
 * @throws KernelError DuplicatePiece
 */
export async function loadPieces(owner: Pieces): Promise<void> {
  for (const [kind, store] of pieceStores) {
    for (const [name, piece] of Object.entries(owner[kind] ?? {})) {
      if (container.stores.get(store).has(name) && !replaced.has(name)) {
        throw new KernelError(
          'DuplicatePiece',
          `Sapphire or the kernel has a piece "${name}" of its own among its ${kind}. Rename yours.`,
        );
      }
      await container.stores.loadPiece({ store, name, piece } as unknown as PieceEntry);
    }
  }
}

/**
 * Loads Sapphire's own pieces; returns the function that empties the stores again. Sapphire registers its own pieces
 * once in a process, for the first client only, so they are registered anew for the next one.
 */
export async function loadSapphirePieces(): Promise<() => Promise<void>> {
  // Not by the plugin's own registration, which connects to Redis at once.
  container.stores.register(new ScheduledTaskStore());
  await container.stores.loadPiece({ store: 'listeners', name: 'CoreReady', piece: ClientReadyListener });
  await container.stores.load();
  const stores = [...container.stores.values()] as Store<Piece>[];
  const entries = stores.flatMap((store) =>
    [...store.values()].map(
      (piece) => ({ store: store.name, name: piece.name, piece: piece.constructor }) as unknown as PieceEntry,
    ),
  );
  return async () => {
    for (const store of stores) {
      await store.unloadAll();
      container.stores.deregister(store as never);
    }
    for (const entry of entries) await container.stores.loadPiece(entry);
  };
}
