import { element } from './dom.js';
import { jsonNode } from './json.js';
import { formatClock } from './time.js';

const KEPT = 30;

/** The panel "What the workflow received": the last calls, newest first, each with its payload and its reply. */
export class Calls {
  #list;
  #empty;
  #nameOf;

  constructor({ list, empty }, nameOf) {
    this.#list = list;
    this.#empty = empty;
    this.#nameOf = nameOf;
  }

  /** Draws the calls of a snapshot; `workflow` says whether the stand-in gets them or another one, whose calls this page cannot see. */
  show({ calls, workflow }) {
    this.#list.replaceChildren();
    for (const call of calls) this.put(call, false);
    if (this.#list.firstElementChild) this.#list.firstElementChild.firstElementChild.open = true;
    this.#empty.hidden = calls.length > 0;
    this.#empty.textContent =
      workflow === 'stand-in'
        ? 'Nothing yet. Each message that is not a command appears here as the JSON that an n8n workflow gets.'
        : 'The bot calls your own workflow (N8N_WEBHOOK_URL). Its executions list in n8n shows what arrived.';
  }

  /** Draws a call that arrived, or draws it again now that it is answered. */
  put(call, open = true) {
    const row = element('li', { 'data-call': String(call.id) }, this.#callNode(call));
    const drawn = this.#list.querySelector(`[data-call="${call.id}"]`);
    if (drawn) {
      row.firstElementChild.open = drawn.firstElementChild.open;
      drawn.replaceWith(row);
      return;
    }
    if (open) {
      for (const details of this.#list.querySelectorAll('details')) details.open = false;
      row.firstElementChild.open = true;
    }
    this.#list.prepend(row);
    this.#list.children[KEPT]?.remove();
    this.#empty.hidden = true;
  }

  #callNode({ at, body, status, reply }) {
    const pending = reply === undefined;
    const outcome = pending ? 'waiting' : String(status ?? 'cut');
    const kind = pending ? 'pending' : status >= 200 && status < 300 ? 'good' : 'bad';
    return element(
      'details',
      {},
      element(
        'summary',
        {},
        element('span', { class: `status ${kind}` }, outcome),
        element('span', { class: 'call-title' }, `${this.#nameOf(body?.userId) ?? '?'}: ${body?.message ?? ''}`),
        element('time', {}, formatClock(new Date(at), true)),
      ),
      element('h3', {}, 'Payload'),
      jsonNode(body, 'Payload'),
      element('h3', {}, 'Reply'),
      pending ? element('p', { class: 'hint' }, 'The workflow is still at work.') : replyNode(reply),
    );
  }
}

function replyNode(reply) {
  if (reply === null || reply === '') return element('p', { class: 'hint' }, '0 bytes');
  return jsonNode(reply, 'Reply');
}
