import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKey } from '../../../src/core/deriveKey.ts';
import { Callbacks, callbackKeys } from '../../../src/plugins/n8n-bridge/Callbacks.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

const clock = new ControlledClock();
const ownKey = (purpose: string) => deriveKey('the token of the bot', purpose);
const [one, other] = [randomBytes(32), randomBytes(32)];
const callbacksWith = (...secrets: Buffer[]) =>
  new Callbacks('https://bot.example/base', callbackKeys(secrets, ownKey), clock);

const turn = { id: '1400000000000000001', channelId: '22', userId: '333', at: clock.at(0) };
const right = { turnId: turn.id, channelId: '22', userId: '333' };
const tokenOf = (callbacks: Callbacks, of = turn) => String(new URL(callbacks.urlOf(of)).searchParams.get('token'));

describe('a callback address', () => {
  const callbacks = callbacksWith(one);
  const token = tokenOf(callbacks);

  it('names its turn under the public address, the same however often it is made', () => {
    const url = callbacks.urlOf(turn);
    expect(url).toMatch(/^https:\/\/bot\.example\/base\/n8n\/turns\/1400000000000000001\/reply\?token=[\w.-]+$/);
    expect(callbacks.urlOf(turn)).toBe(url);
    expect(encodeURI(url)).toBe(url);
  });

  it('says whose turn it is, to every instance that has the same settings', () => {
    expect(callbacks.check(turn.id, token)).toEqual(right);
    expect(callbacksWith(one).check(turn.id, token)).toEqual(right);
  });

  it('is good for its own turn only', () => {
    expect(callbacks.check('1400000000000000002', token)).toBe('wrong');
    const others = [{ id: '1400000000000000002' }, { channelId: '23' }, { userId: '334' }, { at: clock.at(1_000) }];
    for (const change of others) {
      const [, mac] = tokenOf(callbacks, { ...turn, ...change }).match(/\.([^.]+)$/) ?? [];
      expect(callbacks.check(turn.id, token.replace(/[^.]+$/, String(mac)))).toBe('wrong');
    }
  });

  it('is good for nothing with a character changed, left out or added', () => {
    for (let at = 0; at < token.length; at += 1) {
      const [before, after] = [token.slice(0, at), token.slice(at + 1)];
      for (const made of ['A', '1', '.', '-', ''].filter((character) => character !== token[at]))
        expect(callbacks.check(turn.id, `${before}${made}${after}`)).toBe('wrong');
      expect(callbacks.check(turn.id, `${before}1${token.slice(at)}`)).toBe('wrong');
    }
    // The same bytes, spelled otherwise.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const character of last.replace(token.at(-1) ?? '', ''))
      expect(callbacks.check(turn.id, token.slice(0, -1) + character)).toBe('wrong');
  });

  it.each([[undefined], [''], ['...'], [['a', 'b']], [{}], [7]])('takes no token like %j', (given) => {
    expect(callbacks.check(turn.id, given)).toBe('wrong');
  });

  it('is good for a day from the message on, and says when that is over', () => {
    const later = new ControlledClock();
    const made = new Callbacks('https://bot.example', callbackKeys([one], ownKey), later);
    const given = tokenOf(made, { ...turn, at: later.at(0) });
    later.advance(24 * 3_600_000 - 2_000);
    expect(made.check(turn.id, given)).toEqual(right);
    later.advance(2_000);
    expect(made.check(turn.id, given)).toBe('expired');
    expect(made.check('1400000000000000002', given)).toBe('wrong');
  });

  it('survives a change of the signing secret, as long as the old one is listed', () => {
    expect(callbacksWith(other, one).check(turn.id, token)).toEqual(right);
    expect(tokenOf(callbacksWith(other, one))).toBe(tokenOf(callbacksWith(other)));
    expect(callbacksWith(other).check(turn.id, token)).toBe('wrong');
  });

  it('needs no signing secret: the bot has a key of its own, which is good where there is no other', () => {
    const own = tokenOf(callbacksWith());
    expect(callbacksWith().check(turn.id, own)).toEqual(right);
    expect(callbacksWith(one).check(turn.id, own)).toBe('wrong');
    const foreign = callbackKeys([], (purpose) => deriveKey('another token', purpose));
    expect(new Callbacks('https://bot.example', foreign, clock).check(turn.id, own)).toBe('wrong');
  });
});

describe('a derived key', () => {
  it('is the same for the same secret and purpose only, and none of them is the secret', () => {
    expect(deriveKey('secret', 'one')).toEqual(deriveKey('secret', 'one'));
    expect(deriveKey('secret', 'one')).toHaveLength(32);
    const keys = [deriveKey('secret', 'one'), deriveKey('secret', 'other'), deriveKey('Secret', 'one')];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
    expect(callbackKeys([one], ownKey)).not.toContainEqual(one);
  });
});
