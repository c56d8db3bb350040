import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime } from '../../../src/core/conversation/eventTime.ts';
import { minutes } from '../../../src/core/time.ts';

const now = Date.UTC(2026, 1, 12, 19);

describe('eventTime', () => {
  it('is the time of the message, however slow the way to the bot was', () => {
    for (const late of [0, 1, minutes(10), minutes(15)])
      expect(eventTime(now - late, now)).toEqual(new Date(now - late));
  });

  it('believes Discord’s clock a little ahead of this machine’s', () => {
    expect(eventTime(now + minutes(15), now)).toEqual(new Date(now + minutes(15)));
  });

  it('is now when the message’s time cannot be right', () => {
    for (const wrong of [now + minutes(15) + 1, now - minutes(15) - 1, 0, Number.NaN, Number.POSITIVE_INFINITY])
      expect(eventTime(wrong, now)).toEqual(new Date(now));
  });

  it('is never far from now', () => {
    fc.assert(
      fc.property(fc.double(), (created) => {
        expect(Math.abs(eventTime(created, now).getTime() - now)).toBeLessThanOrEqual(minutes(15));
      }),
    );
  });
});
