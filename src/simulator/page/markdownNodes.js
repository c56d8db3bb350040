import { element } from './dom.js';
import { parseMarkdown } from './markdown.js';
import { formatTime } from './time.js';

const tags = { bold: 'strong', italic: 'em', underline: 'u', strike: 's', code: 'code' };

/** Renders a message's markdown; `nameOf` turns a user id into the name that a mention shows. */
export function markdownNodes(text, nameOf) {
  const inline = (nodes) => nodes.map((node) => inlineNode(node));
  const blocks = (nodes) => nodes.map((node) => blockNode(node));

  function inlineNode(node) {
    switch (node.type) {
      case 'text':
        return node.text;
      case 'code':
        return element('code', {}, node.text);
      case 'link':
        return element(
          'a',
          { href: node.href, target: '_blank', rel: 'noopener noreferrer', title: node.href },
          inline(node.children),
        );
      case 'time':
        return timeNode(node);
      case 'mention':
        return element('span', { class: 'mention', title: node.id }, `@${nameOf(node.id) ?? 'unknown-user'}`);
      case 'spoiler':
        return spoilerNode(inline(node.children));
      default:
        return element(tags[node.type], {}, inline(node.children));
    }
  }

  function blockNode(node) {
    switch (node.type) {
      case 'quote':
        return element('blockquote', {}, blocks(node.children));
      case 'codeBlock':
        return element(
          'figure',
          { class: 'code' },
          node.language ? element('figcaption', {}, node.language) : undefined,
          element('pre', { tabindex: '0' }, element('code', {}, node.text)),
        );
      case 'heading':
        return element(`h${node.level + 2}`, {}, inline(node.children));
      case 'list':
        return listNode(node.items);
      default:
        return element('p', { class: node.type === 'small' && 'small' }, inline(node.children));
    }
  }

  function listNode(items) {
    const list = element('ul', { class: 'list' }, items.map(itemNode));
    list.style.setProperty('--marker', Math.max(...items.map(({ marker }) => marker.length)));
    return list;
  }

  function itemNode(item) {
    const marker = item.marker.length > 1 ? item.marker : item.depth === 0 ? '•' : '◦';
    const node = element(
      'li',
      {},
      element('span', { class: 'marker' }, marker),
      element('span', {}, inline(item.children)),
    );
    node.style.setProperty('--depth', item.depth);
    return node;
  }

  return blocks(parseMarkdown(text));
}

function timeNode({ unix, style }) {
  const title = formatTime(unix, 'F');
  return element('time', { title, 'data-unix': style === 'R' && String(unix) }, formatTime(unix, style));
}

function spoilerNode(children) {
  const content = element('span', { inert: true }, children);
  const reveal = () => {
    content.inert = false;
    node.classList.add('revealed');
    for (const name of ['role', 'tabindex', 'aria-label']) node.removeAttribute(name);
  };
  const node = element(
    'span',
    {
      class: 'spoiler',
      role: 'button',
      tabindex: '0',
      'aria-label': 'Spoiler, press to reveal',
      onclick: reveal,
      onkeydown: (event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          reveal();
        }
      },
    },
    content,
  );
  return node;
}
