import type { EntitySchema } from '@mikro-orm/core';
import { User } from './database/User.ts';
import type { Plugin } from './definePlugin.ts';
import { KernelError } from './errors.ts';

/**
 * Whoever keeps something about people has to say how they can see it and how it is erased.
 * @throws KernelError MissingPrivacy
 */
export function requirePrivacy(plugins: readonly Plugin[]): void {
  for (const { name, entities = [], conversation, erasure } of plugins) {
    const entity = entities.find(pointsToUser);
    if (!entity) continue;
    const missing = [
      ...(conversation?.exportData ? [] : ['conversation.exportData']),
      ...(conversation?.forget || erasure ? [] : ['conversation.forget or erasure']),
    ];
    if (missing.length === 0) continue;
    throw new KernelError(
      'MissingPrivacy',
      `The plugin "${name}" keeps something about users (${String(entity.meta.name)}) and does not say what !mydata shows of it or what !forgetme erases. Add ${missing.join(' and ')} to its manifest.`,
    );
  }
}

// As `defineEntity` leaves it, before MikroORM has read it.
interface DeclaredProperty {
  readonly entity?: unknown;
  readonly fieldName?: string;
  readonly fieldNames?: readonly string[];
}

function pointsToUser({ meta }: EntitySchema): boolean {
  return Object.entries<DeclaredProperty>(meta.properties).some(([name, { entity, fieldName, fieldNames = [] }]) => {
    const isUserId = [name, fieldName, ...fieldNames].some((column) => column === 'user_id' || column === 'userId');
    return isUserId || isUser(entity);
  });
}

// An entity names another by itself, by its name or by a function that gives either.
function isUser(entity: unknown): boolean {
  const named = typeof entity === 'function' && !('meta' in entity) ? entity() : entity;
  return [named].flat().some((one) => one === User || one === User.meta.name);
}
