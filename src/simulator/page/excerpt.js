import { parseMarkdown } from './markdown.js';
import { formatTime } from './time.js';

const CHARACTERS_MOST = 200;

/**
 * The beginning of a message in one line of plain text, at most 200 characters: its markdown is taken off, and what is
 * hidden stays hidden. `nameOf` turns a user id into the name that a mention shows.
 */
export function excerpt(text, nameOf) {
  const words = (node) => {
    switch (node.type) {
      case 'text':
      case 'code':
        return node.text;
      case 'codeBlock':
        return ` ${node.text} `;
      case 'time':
        return formatTime(node.unix, node.style);
      case 'mention':
        return `@${nameOf(node.id) ?? 'unknown-user'}`;
      case 'spoiler':
        return '[spoiler]';
      case 'list':
        return node.items.map(words).join(' ');
      case 'bold':
      case 'italic':
      case 'underline':
      case 'strike':
      case 'link':
        return node.children.map(words).join('');
      default:
        return ` ${node.children.map(words).join('')} `;
    }
  };
  const line = parseMarkdown(text).map(words).join(' ').replaceAll(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= CHARACTERS_MOST ? line : `${characters.slice(0, CHARACTERS_MOST - 1).join('')}…`;
}
