const formats = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
  s: { dateStyle: 'short', timeStyle: 'short' },
  S: { dateStyle: 'short', timeStyle: 'medium' },
};
const units = [
  ['year', 365.25 * 86_400],
  ['month', 30.44 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const language = 'en-GB';
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

let ahead = 0;

/** How many milliseconds the playground's clock is ahead of this machine's. */
export function setAhead(milliseconds) {
  ahead = milliseconds;
}

/** The playground's time in milliseconds since 1970. */
export function now() {
  return Date.now() + ahead;
}

/** Words a moment in one of Discord's styles (https://discord.com/developers/docs/reference#message-formatting); `at` is the time to see it from. */
export function formatTime(unix, style, at = now()) {
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return 'Invalid date';
  if (style === 'R') return formatRelative(unix - at / 1000);
  return new Intl.DateTimeFormat(language, formats[style] ?? formats.f).format(date);
}

/** Keeps every relative time below the node true as time goes by. */
export function keepTimesTrue(root) {
  setInterval(() => {
    for (const node of root.querySelectorAll('time[data-unix]')) {
      const text = formatTime(Number(node.dataset.unix), 'R');
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}

/** The heading above a day's first message. */
export function formatDay(date) {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(date);
}

/** A length of time in a word or two. */
export function formatDuration(milliseconds) {
  if (milliseconds < 1) return '< 1 ms';
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** The clock time beside a message. */
export function formatClock(date, withSeconds = false) {
  return new Intl.DateTimeFormat(language, { timeStyle: withSeconds ? 'medium' : 'short' }).format(date);
}

function formatRelative(seconds) {
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / length), unit);
}
