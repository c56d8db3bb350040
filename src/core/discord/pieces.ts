import { container, type Piece, type Store, type StoreRegistryKey } from '@sapphire/framework';
import { VirtualPath } from '@sapphire/pieces';
import { ScheduledTaskStore } from '@sapphire/plugin-scheduled-tasks';
import type { Pieces } from '../definePlugin.ts';
import { KernelError } from '../errors.ts';
import { ClientReadyListener } from './ClientReadyListener.ts';
import { pieceStores } from './pieceStores.ts';

type PieceEntry = { store: StoreRegistryKey; name: string; piece: never };
type PieceClass = Parameters<Store<Piece>['construct']>[0];

/** Sapphire's own pieces that the bot brings its own version of. */
const replaced = new Set(['CoreMessageCreate', 'CorePreMessageCommandRun', 'CoreMessageCommandError']);

/**
 * Loads what a manifest lists into Sapphire's stores: all of it, or, when one fails, nothing. Returns the function that
 * takes it away again. Sapphire would let a later piece take the place of an earlier one of the same name, its own
 * included.
 * @throws KernelError DuplicatePiece, and whatever keeps a piece from being loaded
 */
export async function loadPieces(owner: Pieces): Promise<() => Promise<void>> {
  const undo: (() => Promise<void>)[] = [];
  const unload = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    for (const [kind, storeName] of pieceStores) {
      const store = container.stores.get(storeName) as unknown as Store<Piece>;
      for (const [name, piece] of Object.entries(owner[kind] ?? {})) {
        const previous = store.get(name);
        if (previous && !replaced.has(name)) {
          throw new KernelError(
            'DuplicatePiece',
            `Sapphire or the kernel has a piece "${name}" of its own among its ${kind}. Rename yours.`,
          );
        }
        if (previous) undo.push(async () => void (await insert(store, name, previous.constructor as PieceClass)));
        const loaded = await insert(store, name, piece as unknown as PieceClass);
        undo.push(() => remove(store, loaded));
      }
    }
  } catch (error) {
    await unload();
    throw error;
  }
  return unload;
}

async function insert(store: Store<Piece>, name: string, piece: PieceClass): Promise<Piece> {
  const place = { name, root: VirtualPath, path: VirtualPath, extension: VirtualPath };
  const made = store.construct(piece, place);
  try {
    return await store.insert(made);
  } catch (error) {
    // Sapphire has let a listener hear already; what is not in the store would do so for ever.
    await store.strategy.onUnload(store, made);
    throw error;
  }
}

async function remove(store: Store<Piece>, piece: Piece): Promise<void> {
  // A listener that hears once is gone by itself.
  if (store.get(piece.name) !== piece) return;
  try {
    await store.unload(piece.name);
  } catch (error) {
    container.log.error({ err: error, piece: piece.name }, 'A piece was not unloaded cleanly.');
    store.delete(piece.name);
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
