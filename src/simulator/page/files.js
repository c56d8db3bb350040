import { element } from './dom.js';

const shownInPlace = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Where the page's own server hands out a message's file. */
export function fileAddress(message, file) {
  return `/files/${message.id}/${file.id}`;
}

/** Draws the files of a message: pictures in place, others as a row to download. Pictures that an embed shows are left to it. */
export function fileNodes(message) {
  const embedded = new Set(message.embeds.flatMap(({ image, thumbnail }) => [image?.url, thumbnail?.url]));
  return message.attachments
    .filter(({ filename, url }) => !embedded.has(url) && !embedded.has(`attachment://${filename}`))
    .map((file) => {
      const address = fileAddress(message, file);
      if (shownInPlace.has(file.content_type?.split(';')[0])) {
        const alt = file.description ?? file.filename;
        return element('img', { class: 'picture', src: address, alt, loading: 'lazy' });
      }
      return element(
        'a',
        { class: 'file', href: address, download: file.filename },
        element('span', { class: 'file-icon', 'aria-hidden': 'true' }, '↓'),
        element('span', { class: 'file-name' }, file.filename),
        element('span', { class: 'file-size' }, formatSize(file.size)),
      );
    });
}

/** Words a number of bytes. */
export function formatSize(bytes) {
  const steps = ['bytes', 'KB', 'MB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 2);
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${steps[step]}`;
}
