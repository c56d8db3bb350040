import { element } from './dom.js';

const ROW = 1;
const BUTTON = 2;
const LINK = 5;

/** Draws the rows of buttons below a message; undefined when it has none. */
export function buttonRows({ id, components = [] }, presses) {
  const rows = components.filter(({ type }) => type === ROW);
  if (rows.length === 0) return undefined;
  const node = element(
    'div',
    { class: 'components' },
    rows.map((row) =>
      element(
        'div',
        { class: 'button-row' },
        row.components.filter(({ type }) => type === BUTTON).map((button) => buttonNode(id, button, presses)),
      ),
    ),
    element('p', { class: 'press-problem', role: 'alert' }),
  );
  showState(node, presses.of(id));
  return node;
}

/** Shows in rows that are drawn already what became of a press. The keyboard's focus stays where it is. */
export function showState(node, state) {
  const waiting = state !== undefined && state.problem === undefined;
  for (const button of node.querySelectorAll('button:enabled')) {
    button.setAttribute('aria-busy', String(waiting && button.dataset.customId === state.customId));
    if (waiting) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
  const problem = node.querySelector('.press-problem');
  problem.textContent = state?.problem ?? '';
  problem.hidden = state?.problem === undefined;
}

/** Gives the keyboard's focus to the button that took the place of the one that had it; false when there is none. */
export function focusAgain(node, customId) {
  const buttons = [...(node?.querySelectorAll('button:enabled') ?? [])];
  const next = buttons.find((button) => button.dataset.customId === customId) ?? buttons[0];
  next?.focus({ preventScroll: true });
  return next !== undefined;
}

function buttonNode(messageId, { style, label, emoji, custom_id: customId, url, disabled }, presses) {
  const face = [
    emoji && element('span', { class: 'emoji' }, emoji.id ? `:${emoji.name}:` : emoji.name),
    label && element('span', {}, label),
  ];
  if (style === LINK && !disabled) {
    const arrow = element('span', { 'aria-hidden': 'true' }, '↗');
    return element('a', { class: 'button style-5', href: url, target: '_blank', rel: 'noreferrer' }, ...face, arrow);
  }
  return element(
    'button',
    {
      type: 'button',
      class: `button style-${style}`,
      disabled,
      'data-custom-id': customId,
      onclick: () => presses.press(messageId, customId),
    },
    ...face,
    element('span', { class: 'dots', 'aria-hidden': 'true' }, element('i'), element('i'), element('i')),
  );
}
