import { container } from '@sapphire/framework';

/** A command's name as people write it, behind the prefix. */
export const asWritten = (name: string): string => `${container.client.options.defaultPrefix}${name}`;
