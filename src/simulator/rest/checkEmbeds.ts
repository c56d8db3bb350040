import type { APIEmbed } from 'discord.js';
import type { FormErrors } from './FormErrors.ts';
import { lengthOf } from './lengthOf.ts';

const MAX_EMBEDS = 10;
const MAX_FIELDS = 25;
const MAX_TOTAL = 6000;
const VISIBLE = ['title', 'description', 'fields', 'author', 'footer', 'image', 'thumbnail', 'video', 'url'] as const;

/** Refuses embeds above their limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export function checkEmbeds(embeds: readonly APIEmbed[], errors: FormErrors): void {
  errors.checkLength(['embeds'], embeds.length, MAX_EMBEDS);
  let total = 0;
  for (const [index, embed] of embeds.entries()) {
    if (typeof embed !== 'object' || embed === null) {
      errors.add(['embeds', index], 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType');
      continue;
    }
    if (!VISIBLE.some((part) => embed[part])) {
      errors.add(['embeds', index, 'description'], 'BASE_TYPE_REQUIRED', 'This field is required');
    }
    const check = (path: readonly (string | number)[], text: unknown, max: number) => {
      const length = typeof text === 'string' ? lengthOf(text) : 0;
      total += length;
      errors.checkLength(['embeds', index, ...path], length, max);
    };
    check(['title'], embed.title, 256);
    check(['description'], embed.description, 4096);
    check(['author', 'name'], embed.author?.name, 256);
    check(['footer', 'text'], embed.footer?.text, 2048);
    const fields = Array.isArray(embed.fields) ? embed.fields : [];
    errors.checkLength(['embeds', index, 'fields'], fields.length, MAX_FIELDS);
    for (const [place, field] of fields.entries()) {
      for (const key of ['name', 'value'] as const) {
        check(['fields', place, key], field[key], key === 'name' ? 256 : 1024);
        if (field[key]) continue;
        errors.add(['embeds', index, 'fields', place, key], 'BASE_TYPE_REQUIRED', 'This field is required');
      }
    }
  }
  if (total > MAX_TOTAL) {
    errors.add(['embeds'], 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${MAX_TOTAL}`);
  }
}
