import { focusAgain, showState } from './buttons.js';
import { element } from './dom.js';
import { continues, messageNode } from './message.js';
import { formatDay } from './time.js';

const NEAR_END = 120;

/** The middle of the page: one person's direct messages with the bot, kept at the end unless somebody scrolled up. */
export class Conversation {
  #list;
  #scroller;
  #welcome;
  #people;
  #presses;
  #adorn;
  #last;

  /** `adorn` is called with each message's row when it has been drawn. */
  constructor({ list, scroller, welcome }, people, presses, adorn) {
    this.#list = list;
    this.#scroller = scroller;
    this.#welcome = welcome;
    this.#people = people;
    this.#presses = presses;
    this.#adorn = adorn;
    presses.watch((messageId) => {
      const rows = document.querySelector(`#message-${messageId} .components`);
      if (rows) showState(rows, presses.of(messageId));
      this.settle();
    });
    // Pictures get their height when they arrive; `load` does not bubble, so it is caught on the way down.
    list.addEventListener('load', () => this.#atEnd && this.#toEnd(), true);
    scroller.addEventListener('scroll', () => {
      this.#atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    });
  }

  #atEnd = true;

  /** Draws the whole conversation anew. */
  show(messages) {
    this.#list.replaceChildren();
    this.#last = undefined;
    for (const message of messages) this.#append(message);
    this.#welcome.hidden = messages.length > 0;
    this.#toEnd();
  }

  add(message) {
    const follow = this.#atEnd || message.author.id !== this.#people.botId;
    this.#append(message).classList.add('new');
    this.#welcome.hidden = true;
    if (follow) this.#toEnd();
  }

  replace(message) {
    const row = document.getElementById(`message-${message.id}`);
    if (!row) return;
    const pressed = row.contains(document.activeElement) ? document.activeElement.dataset.customId : undefined;
    const drawn = messageNode(message, row.classList.contains('grouped'), this.#people, this.#presses);
    this.#adorn(drawn, message);
    row.replaceWith(drawn);
    if (pressed !== undefined && !focusAgain(drawn, pressed)) this.#scroller.focus({ preventScroll: true });
    if (this.#atEnd) this.#toEnd();
  }

  /** Keeps the end in sight after the space for it changed. */
  settle() {
    if (this.#atEnd) this.#toEnd();
  }

  #append(message) {
    const day = formatDay(new Date(message.timestamp));
    const newDay = this.#last === undefined || formatDay(new Date(this.#last.timestamp)) !== day;
    if (newDay) this.#list.append(element('li', { class: 'day' }, element('span', {}, day)));
    const row = messageNode(message, !newDay && continues(message, this.#last), this.#people, this.#presses);
    this.#adorn(row, message);
    this.#list.append(row);
    this.#last = message;
    return row;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
  }
}
