import { element } from './dom.js';
import { formatDuration } from './time.js';

const BAD = new Set(['apologised', 'undelivered', 'not taken on', 'failed']);

/** The ways of the last messages through the bot, and the small button below each message that leads to its own. */
export class Turns {
  #turns = new Map();
  #onPick;

  constructor(onPick) {
    this.#onPick = onPick;
  }

  load(turns) {
    this.#turns = new Map(turns.map((turn) => [turn.id, turn]));
  }

  put(turn) {
    this.#turns.set(turn.id, turn);
    const row = document.getElementById(`message-${turn.id}`);
    if (row) this.mark(row, turn.id);
  }

  find(id) {
    return this.#turns.get(id);
  }

  /** The person's last turn. */
  lastOf(userId) {
    return [...this.#turns.values()].findLast((turn) => turn.userId === userId);
  }

  /** Puts the button on a message's row once its turn has ended. */
  mark(row, messageId) {
    const turn = this.#turns.get(messageId);
    if (!turn?.end) return;
    const { outcome = 'ended', duration } = turn.end;
    const words = `${outcome}, ${formatDuration(duration)}`;
    const button = element(
      'button',
      {
        type: 'button',
        class: BAD.has(outcome) ? 'turn bad' : 'turn',
        'aria-label': `${words}: show its way`,
        onclick: () => this.#onPick(messageId),
      },
      words,
    );
    const drawn = row.querySelector('.turn');
    if (drawn) drawn.replaceWith(button);
    else (row.querySelector('.byline') ?? row.querySelector('.body')).append(button);
  }
}
