import { showBanner } from './banner.js';
import { Inspector } from './inspector.js';
import { get, post } from './post.js';
import { setAhead } from './time.js';
import { Trouble } from './trouble.js';
import { Turns } from './turns.js';

const byId = (id) => document.getElementById(id);

/** Everything around the conversation: what is out of order, the clock, and what goes on behind the scenes. */
export class Surroundings {
  turns;
  #inspector;
  #trouble;
  #textOf;

  /** `userId` tells who one is, `textOf` what was said in a message; `onPick` is called when one was picked. */
  constructor({ userId, textOf, onPick }) {
    this.#textOf = textOf;
    this.turns = new Turns((messageId) => {
      this.#inspector.pick(messageId);
      onPick();
    });
    this.#inspector = new Inspector(
      {
        gauges: byId('gauges'),
        title: byId('turn-title'),
        text: byId('turn-text'),
        stages: byId('stages'),
        latest: byId('turn-latest'),
        holdingsTitle: byId('holdings-title'),
        note: byId('holdings-note'),
        list: byId('holdings'),
      },
      { turns: this.turns, load: (id) => get(`/holdings/${id}`) },
    );
    this.#trouble = new Trouble(
      {
        problem: byId('trouble-problem'),
        database: byId('switch-database'),
        workflow: byId('switch-workflow'),
        mishaps: byId('mishaps'),
        mishapDone: byId('mishap-done'),
        calm: byId('calm'),
        clock: byId('clock'),
        date: byId('date'),
        clockHint: byId('clock-hint'),
        jumps: byId('jumps'),
        clockDone: byId('clock-done'),
        clockNote: byId('clock-note'),
      },
      { ask: post, userId, onMoved: () => this.#inspector.refresh() },
    );
  }

  set isInspected(isInspected) {
    this.#inspector.isOpen = isInspected;
  }

  load({ situation, turns }) {
    this.turns.load(turns);
    this.show(situation);
  }

  show(situation) {
    setAhead(situation.ahead ?? 0);
    showBanner(
      {
        banner: byId('banner'),
        trouble: byId('banner-trouble'),
        clock: byId('banner-clock'),
        calm: byId('calm'),
        count: byId('trouble-count'),
      },
      situation,
    );
    showDatabase(byId('database'), situation.bot);
    this.#trouble.show(situation);
    this.#inspector.showSituation(situation);
  }

  showTurn(turn) {
    this.turns.put(turn);
    this.#inspector.draw();
    if (turn.end) this.#inspector.refresh();
  }

  choose(user) {
    this.#inspector.showPerson(user, this.#textOf);
  }
}

/** The badge beside the bot's name. */
function showDatabase(node, bot) {
  node.hidden = bot === undefined;
  if (!bot) return;
  const waiting = bot.writes === 0 ? '' : ` · ${bot.writes} in the journal`;
  const text = `database ${bot.database}${waiting}`;
  if (node.textContent !== text) node.textContent = text;
  node.classList.toggle('bad', bot.database !== 'connected');
}
