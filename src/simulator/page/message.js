import { avatar } from './avatar.js';
import { buttonRows } from './buttons.js';
import { element } from './dom.js';
import { embedNode } from './embed.js';
import { fileNodes } from './files.js';
import { markdownNodes } from './markdownNodes.js';
import { replyNode } from './reply.js';
import { formatClock } from './time.js';

const GROUP_MS = 7 * 60_000;
const SUPPRESS_EMBEDS = 4;
const EPHEMERAL = 64;
const LOADING = 128;

/** Whether a message stands below the one before without a heading of its own. */
export function continues(message, previous) {
  return (
    previous !== undefined &&
    previous.author.id === message.author.id &&
    !message.message_reference &&
    Date.parse(message.timestamp) - Date.parse(previous.timestamp) < GROUP_MS
  );
}

/** Draws one message as a row; `people` finds a person by id and knows the bot, `presses` knows what became of its buttons. */
export function messageNode(message, grouped, people, presses) {
  const author = people.authorOf(message);
  const isBot = author.id === people.botId;
  const date = new Date(message.timestamp);
  const clock = formatClock(date);
  return element(
    'li',
    { class: classesOf(message, grouped, isBot), id: `message-${message.id}` },
    replyNode(message, people),
    grouped
      ? element('time', { class: 'aside', datetime: message.timestamp, 'aria-hidden': 'true' }, clock)
      : avatar(author, isBot),
    element(
      'div',
      { class: 'body' },
      grouped
        ? undefined
        : element(
            'p',
            { class: 'byline' },
            element('strong', {}, author.name),
            isBot && element('span', { class: 'tag' }, 'app'),
            element('time', { datetime: message.timestamp, title: date.toLocaleString() }, clock),
          ),
      message.flags & LOADING
        ? element('p', { class: 'thinking' }, `${author.name} is thinking…`)
        : element('div', { class: 'content' }, markdownNodes(message.content, people.nameOf)),
      message.edited_timestamp && element('span', { class: 'edited' }, '(edited)'),
      fileNodes(message),
      message.flags & SUPPRESS_EMBEDS ? [] : message.embeds.map((embed) => embedNode(embed, message, people.nameOf)),
      buttonRows(message, presses),
      message.flags & EPHEMERAL ? element('p', { class: 'only-you' }, 'Only you can see this') : undefined,
    ),
  );
}

function classesOf({ flags }, grouped, isBot) {
  const classes = { message: true, grouped, 'from-bot': isBot, ephemeral: flags & EPHEMERAL };
  return Object.keys(classes)
    .filter((name) => classes[name])
    .join(' ');
}
