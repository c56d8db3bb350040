import { element } from './dom.js';

const SHADES = 5;

/** The round picture of a person: initials on a colour that follows from the id. The bot has a picture of its own. */
export function avatar({ id, name }, isBot = false) {
  if (isBot) return element('img', { class: 'avatar bot', src: '/icon.svg', alt: '', width: '40', height: '40' });
  const shade = [...id].reduce((sum, digit) => sum + Number(digit), 0) % SHADES;
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0])
    .join('');
  return element('span', { class: `avatar shade-${shade}`, 'aria-hidden': 'true' }, initials.toUpperCase());
}
