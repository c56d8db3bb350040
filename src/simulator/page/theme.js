const choices = {
  system: { sign: '◐', words: 'as your system has them' },
  light: { sign: '☀', words: 'light' },
  dark: { sign: '☾', words: 'dark' },
};
const order = Object.keys(choices);
const KEY = 'steward-colours';

/** Makes a button that goes from the system's colours to light ones, to dark ones, and back; it is remembered. */
export function themeButton(button) {
  let chosen = order.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : 'system';
  const draw = () => {
    const { sign, words } = choices[chosen];
    document.documentElement.dataset.colours = chosen;
    button.textContent = sign;
    button.title = `Colours: ${words}`;
    button.setAttribute('aria-label', `Colours: ${words}. Change them.`);
  };
  button.addEventListener('click', () => {
    chosen = order[(order.indexOf(chosen) + 1) % order.length];
    localStorage.setItem(KEY, chosen);
    draw();
  });
  draw();
}
