const wide = matchMedia('(min-width: 1000px)');

/**
 * What is shown: on a wide screen the conversation and one panel beside it, on a narrow one the conversation or a panel.
 * The arrow keys go from tab to tab, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ has it.
 */
export class Tabs {
  #tabs;
  #onShow;
  #beside = 'calls';

  /** `onShow` is called with the id of the panel that comes into sight. */
  constructor(list, onShow) {
    this.#tabs = [...list.querySelectorAll('[role="tab"]')];
    this.#onShow = onShow;
    for (const tab of this.#tabs) tab.addEventListener('click', () => this.show(panelOf(tab).id));
    list.addEventListener('keydown', (event) => this.#key(event));
    wide.addEventListener('change', () => this.#begin());
    this.#begin();
  }

  /** `focus` takes the keyboard along. */
  show(id, focus = false) {
    if (id !== 'chat') this.#beside = id;
    for (const tab of this.#tabs) {
      const panel = panelOf(tab);
      const isChosen = panel.id === id;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      tab.hidden = wide.matches && panel.id === 'chat';
      if (isChosen && focus) tab.focus();
      panel.hidden = !isChosen && !(wide.matches && panel.id === 'chat');
    }
    this.#onShow(id);
  }

  // The conversation comes first; what stands beside it stays when there is room for both again.
  #begin() {
    this.show(wide.matches ? this.#beside : 'chat');
  }

  #key({ key, target }) {
    const tabs = this.#tabs.filter((tab) => !tab.hidden);
    const from = tabs.indexOf(target.closest('[role="tab"]'));
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: tabs.length - 1 }[key];
    if (from < 0 || to === undefined) return;
    this.show(panelOf(tabs.at(to % tabs.length)).id, true);
  }
}

function panelOf(tab) {
  return document.getElementById(tab.getAttribute('aria-controls'));
}
