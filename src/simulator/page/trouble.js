import { element } from './dom.js';
import { formatDay, formatTime, now } from './time.js';

const switches = {
  database: [
    ['up', 'Up', 'As it should be.'],
    [
      'down',
      'Down',
      'Answers go on from memory. What is written waits in the journal, and comes in when it is up again.',
    ],
  ],
  workflow: [
    ['normal', 'Normal', 'As it should be.'],
    ['slow', 'Slow', 'Eight seconds for each answer. The bot shows that it is typing; others do not wait.'],
    ['failing', 'Fails (500)', 'One apology for each message, and nothing of it is remembered.'],
    ['empty', 'Answers nothing', 'The same. The log names the cause and the cure.'],
    ['off', 'Off', 'The bot tries once more, then apologises. After five in a row it asks only now and then.'],
  ],
};

/** Why a switch is out of use. */
const missing = {
  database: 'This playground has no switch for it.',
  workflow: 'Your own workflow answers here (N8N_WEBHOOK_URL). Stop it in n8n to see the same.',
};

const mishaps = [
  [
    'drop',
    'Cut the connection',
    'It comes back by itself and has missed nothing.',
    'Cut. Watch the dot beside its name.',
  ],
  ['repeat', 'Send the last message twice', 'It is answered once.', 'Sent again. No second answer should come.'],
  ['limit', 'Answer with 429', 'The next answer comes two seconds later, once.', 'Say something now.'],
];

const jumps = [
  [24, '+24 hours'],
  [30 * 24, '+30 days'],
  [90 * 24, '+90 days'],
];

/** The panel "Make trouble": switches that stay, mishaps that happen once, and the clock. */
export class Trouble {
  #nodes;
  #ask;
  #ahead = 0;

  /** `ask` posts to the server; `onMoved` is called when the clock was moved and everything due has been done. */
  constructor(nodes, { ask, userId, onMoved }) {
    this.#nodes = nodes;
    this.#ask = ask;
    for (const [name, choices] of Object.entries(switches)) {
      const note = element('p', { class: 'hint missing', hidden: true }, missing[name]);
      nodes[name].append(note, ...choices.map((choice) => this.#choice(name, choice)));
    }
    nodes.mishaps.append(
      ...mishaps.map(([kind, label, hint, done]) =>
        described(label, hint, () =>
          this.#try(async () => {
            await ask('/mishaps', { kind, userId: userId() });
            nodes.mishapDone.textContent = done;
          }),
        ),
      ),
    );
    nodes.jumps.append(
      ...jumps.map(([hours, label]) =>
        element('button', { type: 'button', class: 'push', onclick: () => this.#move(hours, label, onMoved) }, label),
      ),
    );
    nodes.calm.addEventListener('click', () => this.#try(() => ask('/calm')));
    setInterval(() => this.#drawDate(), 1000);
  }

  show({ trouble, ahead, isEmbedded }) {
    const nodes = this.#nodes;
    for (const [name, choices] of Object.entries(switches)) {
      nodes[name].disabled = trouble[name] === undefined;
      nodes[name].querySelector('.missing').hidden = !nodes[name].disabled;
      for (const [value] of choices) nodes[name].querySelector(`[value="${value}"]`).checked = trouble[name] === value;
    }
    nodes.clock.disabled = ahead === undefined;
    this.#ahead = ahead ?? 0;
    nodes.clockHint.textContent = isEmbedded
      ? 'The bot, Discord and the database move together, and what is too old is cleaned up at once.'
      : 'The bot and Discord move together. Your PostgreSQL stays at the real date, and so does what it cleans up.';
    nodes.clockNote.textContent =
      this.#ahead > 0
        ? 'There is no way back in a running bot. Stop it, delete its data folder (./data) and start it: it is today again.'
        : 'Rows that are cleaned up are gone, and there is no way back but to start again without the data folder.';
    this.#drawDate();
  }

  #choice(name, [value, label, hint]) {
    const id = `hint-${name}-${value}`;
    const radio = element('input', {
      type: 'radio',
      name,
      value,
      'aria-describedby': id,
      onchange: () => this.#try(() => this.#ask('/trouble', { [name]: value })),
    });
    return element(
      'label',
      { class: 'choice' },
      radio,
      element('strong', {}, label),
      element('span', { class: 'hint', id }, hint),
    );
  }

  #move(hours, label, onMoved) {
    return this.#try(async () => {
      this.#nodes.clockDone.textContent = 'Moving…';
      try {
        await this.#ask('/clock', { hours });
        this.#nodes.clockDone.textContent = `${label}. The Inspector shows what is left.`;
      } catch (error) {
        this.#nodes.clockDone.textContent = '';
        throw error;
      }
      onMoved();
    });
  }

  async #try(work) {
    const { problem } = this.#nodes;
    problem.textContent = '';
    try {
      await work();
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  #drawDate() {
    const { date } = this.#nodes;
    const moment = new Date(now());
    const text = `${formatDay(moment)}, ${formatTime(moment.getTime() / 1000, 't')}`;
    if (date.textContent !== text) date.textContent = text;
    date.classList.toggle('moved', this.#ahead > 0);
  }
}

/** A button with a sentence beside it that says what should come of it. */
function described(label, hint, onclick) {
  const id = `hint-${label.replaceAll(/\W/g, '-')}`;
  return element(
    'div',
    { class: 'described' },
    element('button', { type: 'button', class: 'push', 'aria-describedby': id, onclick }, label),
    element('span', { class: 'hint', id }, hint),
  );
}
