/** Each kind of piece as a manifest calls it, and the name of Sapphire's store for it. */
export const pieceStores = [
  ['commands', 'commands'],
  ['listeners', 'listeners'],
  ['preconditions', 'preconditions'],
  ['interactionHandlers', 'interaction-handlers'],
  ['tasks', 'scheduled-tasks'],
] as const;
