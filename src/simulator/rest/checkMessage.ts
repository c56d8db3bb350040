import {
  AllowedMentionsTypes,
  type APIAllowedMentions,
  MessageFlags,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js';
import { checkComponents } from './checkComponents.ts';
import { checkEmbeds } from './checkEmbeds.ts';
import { FormErrors, type Path } from './FormErrors.ts';
import { lengthOf } from './lengthOf.ts';
import type { SentBody } from './SentBody.ts';

/** What the bot sends to create or (with the same fields, null to clear) to edit a message. */
export type MessageForm = {
  [Field in keyof RESTPostAPIChannelMessageJSONBody]: RESTPostAPIChannelMessageJSONBody[Field] | null;
};

const MAX_CONTENT = 2000;
const MAX_NONCE = 25;
const MAX_FILES = 10;

/**
 * Refuses a message as Discord does, with all that is wrong at once; `within` leads to it when it is a part of the body:
 * https://discord.com/developers/docs/resources/message#create-message
 */
export function checkMessage({ payload, files }: SentBody, within: Path = []): MessageForm {
  const errors = new FormErrors(within);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    errors.add([], 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType');
    errors.throwIfAny();
  }
  const form = payload as MessageForm;
  if (typeof form.content === 'string') errors.checkLength(['content'], lengthOf(form.content), MAX_CONTENT);
  else if (form.content != null) errors.add(['content'], 'STRING_TYPE_CONVERT', 'Could not interpret as string.');
  if (form.nonce != null) errors.checkLength(['nonce'], lengthOf(String(form.nonce)), MAX_NONCE);
  errors.checkLength(['files'], files.length, MAX_FILES);
  for (const field of ['embeds', 'components', 'attachments', 'sticker_ids'] as const) {
    if (form[field] == null || Array.isArray(form[field])) continue;
    errors.add([field], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  }
  if (Array.isArray(form.embeds)) checkEmbeds(form.embeds, errors);
  // The newer components have a layout of their own, which nobody here checks.
  const newer = Number(form.flags ?? 0) & MessageFlags.IsComponentsV2;
  if (Array.isArray(form.components) && !newer) checkComponents(form.components, errors);
  if (form.allowed_mentions) checkAllowedMentions(form.allowed_mentions, errors);
  errors.throwIfAny();
  return form;
}

function checkAllowedMentions(allowed: APIAllowedMentions, errors: FormErrors): void {
  for (const key of ['users', 'roles'] as const) {
    const type = key === 'users' ? AllowedMentionsTypes.User : AllowedMentionsTypes.Role;
    if (!allowed.parse?.includes(type) || !allowed[key]?.length) continue;
    const message = `parse:["${key}"] and ${key}: [ids...] are mutually exclusive.`;
    errors.add(['allowed_mentions'], 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message);
  }
}
