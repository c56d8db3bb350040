import { element } from './dom.js';
import { fileAddress } from './files.js';
import { markdownNodes } from './markdownNodes.js';
import { formatTime } from './time.js';

/** Draws one embed; its pictures are shown when they are attachments of the message (`attachment://name`). */
export function embedNode(embed, message, nameOf) {
  const rich = (text, properties) => element('div', properties, markdownNodes(text, nameOf));
  const picture = (image, name) => {
    const file = image && attachedPicture(image.url, message);
    const alt = file?.description ?? embed.title ?? '';
    return file && element('img', { class: name, src: fileAddress(message, file), alt, loading: 'lazy' });
  };
  const node = element(
    'article',
    { class: 'embed' },
    element(
      'div',
      { class: 'embed-text' },
      embed.author && element('p', { class: 'embed-author' }, embed.author.name),
      embed.title && rich(embed.title, { class: 'embed-title' }),
      embed.description && rich(embed.description),
      embed.fields?.length > 0 &&
        element(
          'dl',
          { class: 'embed-fields' },
          embed.fields.map(({ name, value, inline }) =>
            element(
              'div',
              { class: inline && 'inline' },
              element('dt', {}, name),
              element('dd', {}, markdownNodes(value, nameOf)),
            ),
          ),
        ),
    ),
    picture(embed.thumbnail, 'embed-thumbnail'),
    picture(embed.image, 'embed-image'),
    footerNode(embed),
  );
  if (embed.color) node.style.setProperty('--colour', `#${embed.color.toString(16).padStart(6, '0')}`);
  return node;
}

function footerNode({ footer, timestamp }) {
  const when = timestamp && formatTime(Date.parse(timestamp) / 1000, 's');
  const parts = [footer?.text, when].filter(Boolean);
  return parts.length > 0 ? element('p', { class: 'embed-footer' }, parts.join(' • ')) : undefined;
}

/** Discord replaces `attachment://name` by the file's address in what it hands out; both mean the same file. */
function attachedPicture(url, message) {
  return message.attachments.find(({ filename, url: own }) => url === `attachment://${filename}` || url === own);
}
