import { avatar } from './avatar.js';
import { element } from './dom.js';
import { excerpt } from './excerpt.js';

const REPLY = 19;

/** Draws the line above a reply that says whom it answers, and what; undefined for every other message. */
export function replyNode({ type, referenced_message: original }, people) {
  if (type !== REPLY) return undefined;
  if (!original) return lineNode('In reply to', element('em', { class: 'excerpt' }, 'Original message was deleted'));
  const author = people.authorOf(original);
  const text = excerpt(original.content, people.nameOf);
  return lineNode(
    `In reply to ${author.name}`,
    avatar(author, author.id === people.botId),
    // The label has said it already.
    element('strong', { 'aria-hidden': 'true' }, author.name),
    text === ''
      ? element('em', { class: 'excerpt' }, nameOfKind(original))
      : element('span', { class: 'excerpt' }, text),
  );
}

function lineNode(label, ...children) {
  return element('div', { class: 'reply', role: 'group', 'aria-label': label }, ...children);
}

function nameOfKind({ attachments, embeds, sticker_items: stickers }) {
  if (attachments.length > 0) return 'Attachment';
  if (embeds.length > 0) return 'Embed';
  return stickers?.length > 0 ? 'Sticker' : 'Message';
}
