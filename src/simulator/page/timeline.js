import { element } from './dom.js';
import { formatDuration } from './time.js';

/** What each stage is for. */
const purposes = {
  claim: 'noted, so that it is not lost',
  admit: 'limits, bans, roles',
  recall: 'what was said before',
  respond: 'the workflow thinks',
  deliver: 'said to Discord',
  record: 'remembered and counted',
};

const order = Object.keys(purposes);

/** Draws a turn's stages as bars: where each begins and how long it takes, on the scale of the whole turn. */
export function timeline({ stages, end }) {
  const first = Math.min(...stages.map(({ at }) => at));
  const last = Math.max(...stages.map(({ at, duration }) => at + duration), end ? end.at + end.duration : 0);
  const whole = Math.max(last - first, 1);
  return stages
    .toSorted((one, other) => order.indexOf(one.stage) - order.indexOf(other.stage) || one.at - other.at)
    .map(({ stage, at, duration, outcome, reason }) => {
      const bar = element('span', { class: 'bar', 'aria-hidden': 'true' }, element('i'));
      bar.style.setProperty('--from', String((at - first) / whole));
      bar.style.setProperty('--length', String(duration / whole));
      return element(
        'li',
        { class: outcome === 'failed' || outcome === 'refused' ? 'bad' : '' },
        element('strong', {}, stage),
        element('span', { class: 'time' }, formatDuration(duration)),
        bar,
        element(
          'span',
          { class: 'hint' },
          [purposes[stage], [outcome, reason].filter(Boolean).join(': ')].filter(Boolean).join(' · '),
        ),
      );
    });
}
