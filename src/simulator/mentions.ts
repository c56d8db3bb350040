import { AllowedMentionsTypes, type APIAllowedMentions, type APIMessage, type APIUser } from 'discord.js';

/** What decides whom a message pings. */
export interface MentionRules {
  content: string;
  allowed?: APIAllowedMentions | undefined;
  /** `@everyone` means nothing in a direct message. */
  inGuild: boolean;
  /** The author of the message that is replied to. */
  repliedTo?: APIUser | undefined;
  findUser: (id: string) => APIUser | undefined;
}

type Pings = Pick<APIMessage, 'mentions' | 'mention_everyone' | 'mention_roles'>;

/** Whom a message pings: https://discord.com/developers/docs/resources/message#allowed-mentions-object */
export function mentionsOf({ content, allowed, inGuild, repliedTo, findUser }: MentionRules): Pings {
  const parses = (type: AllowedMentionsTypes) => allowed === undefined || (allowed.parse?.includes(type) ?? false);
  const mayPing = (type: AllowedMentionsTypes, listed: readonly string[] | undefined, id: string) =>
    parses(type) || (listed?.includes(id) ?? false);

  const users = idsIn(content, /<@!?(\d+)>/g).filter((id) => mayPing(AllowedMentionsTypes.User, allowed?.users, id));
  const pingsAuthor = repliedTo !== undefined && (allowed === undefined || allowed.replied_user === true);
  const pinged = new Set(pingsAuthor ? [repliedTo.id, ...users] : users);
  return {
    mentions: [...pinged].map(findUser).filter((user) => user !== undefined),
    mention_everyone: inGuild && parses(AllowedMentionsTypes.Everyone) && /@(everyone|here)\b/.test(content),
    mention_roles: idsIn(content, /<@&(\d+)>/g).filter(
      (id) => inGuild && mayPing(AllowedMentionsTypes.Role, allowed?.roles, id),
    ),
  };
}

function idsIn(content: string, pattern: RegExp): string[] {
  return [...content.matchAll(pattern)].map((match) => match[1] ?? '');
}
