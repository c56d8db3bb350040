import { avatar } from './avatar.js';
import { element } from './dom.js';

/** The people one can be, and the bot: finds them by id, and draws the buttons to switch between them. */
export class People {
  botId = '';
  #bot = { id: '', name: 'Steward' };
  #users = [];

  load({ bot, users }) {
    this.botId = bot.id;
    this.#bot = bot;
    this.#users = users;
  }

  get bot() {
    return this.#bot;
  }

  find(id) {
    return id === this.botId ? this.#bot : this.#users.find((user) => user.id === id);
  }

  nameOf = (id) => this.find(id)?.name;

  /** Who wrote a message, be it somebody whom the page does not know. */
  authorOf({ author: { id, username } }) {
    return this.find(id) ?? { id, name: username };
  }

  inChannel(channelId) {
    return this.#users.find((user) => user.channelId === channelId);
  }

  /** Draws the list; `unread` counts by user id, `choose` gets the id of the person that was picked, and whether by pointer. */
  draw(list, selectedId, unread, choose) {
    // Drawing anew would take the focus away from the button that was just pressed.
    const focused = list.contains(document.activeElement);
    list.replaceChildren(
      ...this.#users.map((user) => {
        const count = unread.get(user.id) ?? 0;
        const button = element(
          'button',
          {
            type: 'button',
            'aria-pressed': String(user.id === selectedId),
            onclick: (event) => choose(user.id, event.detail > 0),
          },
          avatar(user),
          element(
            'span',
            { class: 'person' },
            element('span', { class: 'name' }, user.name),
            element(
              'span',
              { class: user.admin ? 'handle admin' : 'handle' },
              user.admin ? 'admin' : `@${user.username}`,
            ),
          ),
          count > 0 && element('span', { class: 'unread', 'aria-label': `${count} unread` }, String(count)),
        );
        return element('li', {}, button);
      }),
    );
    if (focused) list.querySelector('[aria-pressed="true"]')?.focus();
  }
}
