import { formatTime, now } from './time.js';

const DAY_MS = 86_400_000;

const workflowWords = {
  slow: 'The workflow takes eight seconds.',
  failing: 'The workflow fails with 500.',
  empty: 'The workflow answers with nothing.',
  off: 'The workflow is off.',
};

/** What is out of order, each in a sentence; none on a good day. */
function troublesOf({ database, workflow, limits }) {
  return [
    database === 'down' && 'The database is down.',
    workflowWords[workflow],
    limits > 0 && 'Discord will refuse the next answer at first.',
  ].filter(Boolean);
}

/** Draws the stripe across the whole page, which nobody overlooks, and the number beside the tab. */
export function showBanner({ banner, trouble, clock, calm, count }, { trouble: state, ahead = 0 }) {
  const troubles = troublesOf(state);
  write(trouble, troubles.join(' '));
  write(clock, ahead > 0 ? `It is ${formatTime(now() / 1000, 'D')}, ${days(ahead)} ahead of today.` : '');
  banner.hidden = troubles.length === 0 && ahead === 0;
  banner.classList.toggle('loud', troubles.length > 0);
  calm.hidden = troubles.length === 0;
  count.hidden = troubles.length === 0;
  write(count, String(troubles.length));
  count.setAttribute('aria-label', `${troubles.length} out of order`);
}

function days(milliseconds) {
  const number = Math.round(milliseconds / DAY_MS);
  return number === 1 ? 'one day' : `${number} days`;
}

// What has not changed is not read out again.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
