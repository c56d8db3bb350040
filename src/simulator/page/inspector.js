import { element } from './dom.js';
import { jsonNode } from './json.js';
import { formatClock, formatDuration, formatTime, now } from './time.js';
import { timeline } from './timeline.js';

const SOON_MS = 200;
/** Statistics are written in batches. */
const LATER_MS = 1500;

/** The panel "Behind the scenes": how the bot is, the way of one message, and what is kept of the person. */
export class Inspector {
  #nodes;
  #turns;
  #load;
  #person;
  #picked;
  #situation = {};
  #tables = [];
  #timers = [];
  #asked = 0;
  /** Nobody is asked while nobody looks. */
  #isOpen = false;

  /** `load` resolves with what is kept of a person by id. */
  constructor(nodes, { turns, load }) {
    this.#nodes = nodes;
    this.#turns = turns;
    this.#load = load;
    nodes.latest.addEventListener('click', () => this.pick(undefined));
    setInterval(() => this.#tick(), 1000);
  }

  set isOpen(isOpen) {
    this.#isOpen = isOpen;
    this.refresh();
  }

  /** Looks at somebody else. */
  showPerson(person, textOf) {
    const isSame = this.#person?.id === person.id;
    this.#person = { ...person, textOf };
    if (!isSame) {
      this.#picked = undefined;
      this.#tables = [];
      this.#nodes.list.replaceChildren();
    }
    this.#nodes.holdingsTitle.textContent = `What the database has about ${person.name}`;
    this.draw();
    this.refresh();
  }

  showSituation(situation) {
    const was = this.#situation.bot?.database;
    this.#situation = situation;
    this.#drawGauges();
    if (was !== situation.bot?.database) this.refresh();
  }

  /** Looks at one message; undefined follows the last one again. */
  pick(messageId) {
    this.#picked = messageId;
    this.draw();
  }

  /** Draws the turn. */
  draw() {
    const { title, text, stages, latest } = this.#nodes;
    const turn = this.#picked ? this.#turns.find(this.#picked) : this.#turns.lastOf(this.#person?.id);
    title.textContent = this.#picked ? 'The message that you picked' : 'The last message';
    latest.hidden = !this.#picked;
    stages.replaceChildren(...(turn ? timeline(turn) : []));
    const said = turn && this.#person.textOf(turn.id);
    const end = turn?.end ? `${turn.end.outcome ?? 'ended'} after ${formatDuration(turn.end.duration)}` : 'under way…';
    text.textContent = turn
      ? `${said ? `“${said}”: ` : ''}${end}`
      : 'Nothing yet. Each message’s way through the bot appears here, stage by stage.';
  }

  /** Asks soon what is kept now, and once more a little later. */
  refresh() {
    for (const timer of this.#timers) clearTimeout(timer);
    if (!this.#isOpen || !this.#person) return;
    this.#timers = [SOON_MS, LATER_MS].map((pause) => setTimeout(() => void this.#ask(), pause));
  }

  async #ask() {
    const { note, list } = this.#nodes;
    const asked = ++this.#asked;
    const { id } = this.#person;
    let words;
    try {
      const { at, tables, failed } = await this.#load(id);
      if (asked !== this.#asked) return;
      if (tables) this.#drawTables(tables);
      list.classList.toggle('old', !tables);
      words = tables ? `As of ${formatClock(new Date(at), true)}.` : 'It cannot be asked just now.';
      if (failed.length > 0) words += ` Could not be asked: ${failed.join(', ')}.`;
      if (!tables && this.#tables.length > 0) words += ' This is from before.';
    } catch (error) {
      words = error.message;
    }
    write(note, words);
    this.#drawGauges();
  }

  #drawTables(tables) {
    const { list } = this.#nodes;
    const open = new Set([...list.querySelectorAll('details[open]')].map(({ dataset }) => dataset.table));
    const focused = list.contains(document.activeElement)
      ? document.activeElement.closest('details')?.dataset.table
      : undefined;
    const before = new Map(this.#tables.map(({ name, count }) => [name, count]));
    if (JSON.stringify(tables) === JSON.stringify(this.#tables)) return;
    this.#tables = tables;
    list.replaceChildren(
      ...tables.map(({ name, owner, count, rows }) => {
        const was = before.get(name) ?? count;
        const details = element(
          'details',
          { 'data-table': name, open: open.has(name) },
          element(
            'summary',
            {},
            element('span', { class: 'table-name' }, name),
            element('span', { class: 'owner' }, owner),
            was > count && element('span', { class: 'gone' }, `was ${was}`),
            element('span', { class: count === 0 ? 'number none' : 'number' }, String(count)),
          ),
          count === 0
            ? element('p', { class: 'hint' }, 'Nothing.')
            : jsonNode(rows.length === 1 ? rows[0] : rows, name),
        );
        return element('li', {}, details);
      }),
    );
    if (focused) list.querySelector(`[data-table="${CSS.escape(focused)}"] summary`)?.focus({ preventScroll: true });
  }

  // Whoever keeps a limit says what is left of it, and when the next place becomes free.
  get #limit() {
    return this.#tables.map(({ rows: [row] }) => row).find((row) => row && 'remaining' in row && 'resetAt' in row);
  }

  #tick() {
    const limit = this.#limit;
    if (!this.#isOpen || !limit || limit.current === 0) return;
    if (Date.parse(limit.resetAt) <= now()) this.refresh();
    else this.#drawGauges();
  }

  #drawGauges() {
    const { bot } = this.#situation;
    const limit = this.#limit;
    const gauges = [
      bot && ['Database', bot.database, bot.database === 'degraded' && (bot.reason ?? 'bad')],
      bot && ['Journal', bot.writes === 0 ? 'empty' : `${bot.writes} waiting`, bot.writes > 0 && 'for the database'],
      bot && ['In hand', bot.inHand === 0 ? 'nothing' : String(bot.inHand)],
      limit && ['Messages left', `${limit.remaining} of ${limit.remaining + limit.current}`, nextPlace(limit, bot)],
    ].filter(Boolean);
    this.#nodes.gauges.replaceChildren(
      ...gauges.map(([name, value, detail]) =>
        element(
          'div',
          { class: detail && name !== 'Messages left' ? 'gauge bad' : 'gauge' },
          element('dt', {}, name),
          element('dd', {}, value),
          detail && element('dd', { class: 'hint' }, detail),
        ),
      ),
    );
  }
}

function nextPlace({ current, resetAt }, bot) {
  if (bot?.database === 'degraded') return 'before the outage';
  return current > 0 && `next ${formatTime(Date.parse(resetAt) / 1000, 'R')}`;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
