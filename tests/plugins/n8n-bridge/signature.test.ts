import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../src/core/time.ts';
import { parseSecrets, type SignedHeaders, sign, verify } from '../../../src/plugins/n8n-bridge/signature.ts';

const now = Date.parse('2026-02-12T19:00:00.000Z');
const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((array) => Buffer.from(array));
const keys = fc.uniqueArray(bytes, { minLength: 1, maxLength: 4, selector: (key) => key.toString('hex') });
const id = fc.string({ minLength: 1, unit: fc.constantFrom(...'abc123_-') });
const body = fc.string({ unit: 'binary' });
const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** The text with one character made another one. */
function withOther(text: string, at: number): string {
  const index = at % text.length;
  return text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);
}

describe('a signature', () => {
  it('is what the reference libraries make', () => {
    // https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries
    const [key] = parseSecrets('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? [];
    const headers = sign(key ? [key] : [], 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds(1614265330), '{"test": 2432232314}');
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is taken by whoever has one of the secrets, over text and bytes alike', () => {
    fc.assert(
      fc.property(keys, keys, id, body, fc.integer({ min: -300, max: 299 }), (ours, theirs, name, text, late) => {
        const headers = sign(ours, name, now, text);
        const known = [...theirs, ours.at(-1) ?? Buffer.alloc(0)];
        for (const raw of [text, Buffer.from(text)])
          expect(verify(known, headers, now + seconds(late), raw)).toBeUndefined();
      }),
    );
  });

  it('is refused where nobody knows a secret of it', () => {
    fc.assert(
      fc.property(keys, id, body, (all, name, text) => {
        const [first, ...others] = all;
        fc.pre(first !== undefined);
        expect(verify(others, sign([first], name, now, text), now, text)).toBe('wrong');
      }),
    );
  });

  it('is refused when one character of the body, the id or the signature is another', () => {
    fc.assert(
      fc.property(bytes, id, body, fc.nat(), (key, name, text, at) => {
        const headers = sign([key], name, now, text);
        const refused = (changed: Partial<SignedHeaders>, raw = text) =>
          expect(verify([key], { ...headers, ...changed }, now, raw)).toBe('wrong');
        if (text !== '') refused({}, withOther(text, at));
        refused({}, `${text} `);
        refused({ 'webhook-id': withOther(name, at) });
        refused({ 'webhook-signature': withOther(headers['webhook-signature'], at) });
        refused({ 'webhook-signature': headers['webhook-signature'].slice(0, -1) });
      }),
    );
  });

  it('is refused at another time than its own', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: -300, max: 300 }), (key, other) => {
        fc.pre(other !== 0);
        const headers = { ...sign([key], 'a', now, ''), 'webhook-timestamp': String(now / 1_000 + other) };
        expect(verify([key], headers, now, '')).toBe('wrong');
      }),
    );
  });

  it('is refused when it is more than five minutes old, or of the future', () => {
    const key = Buffer.alloc(24, 1);
    const at = (moment: number) => verify([key], sign([key], 'a', moment, ''), now, '');
    expect(at(now - minutes(5))).toBeUndefined();
    expect(at(now + minutes(5))).toBeUndefined();
    fc.assert(
      fc.property(fc.integer({ min: 301, max: 1_000_000 }), (distance) => {
        expect(at(now - seconds(distance))).toBe('old');
        expect(at(now + seconds(distance))).toBe('future');
      }),
    );
  });

  it('is refused when a header is missing, or is there twice', () => {
    const key = Buffer.alloc(24, 1);
    const headers = sign([key], 'a', now, '');
    for (const name of names) {
      expect(verify([key], { ...headers, [name]: undefined }, now, '')).toBe('missing');
      expect(verify([key], { ...headers, [name]: [headers[name], headers[name]] }, now, '')).toBe('malformed');
    }
  });

  it('cannot be moved to another message by moving what separates its parts', () => {
    const key = Buffer.alloc(24, 1);
    const headers = { ...sign([key], 'a', now, `${now / 1_000}.pay`), 'webhook-id': `a.${now / 1_000}` };
    expect(verify([key], headers, now, 'pay')).toBe('malformed');
  });

  it('is refused, and nothing else happens, whatever the headers hold', () => {
    const key = Buffer.alloc(24, 1);
    const any = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('v1,'), fc.constant('1e3')), {
      nil: undefined,
    });
    fc.assert(
      fc.property(any, any, any, (name, timestamp, signature) => {
        const headers = { 'webhook-id': name, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        expect(['missing', 'malformed', 'wrong']).toContain(verify([key], headers, now, ''));
      }),
    );
  });
});

describe('a list of secrets', () => {
  it('holds several, with and without their prefix, separated by commas and blanks', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom(',', ' ', ', ', '\n'), fc.boolean(), (all, separator, isPrefixed) => {
        const list = all.map((key) => `${isPrefixed ? 'whsec_' : ''}${key.toString('base64')}`).join(separator);
        expect(parseSecrets(list)).toEqual(all);
      }),
    );
  });

  it('is refused when one of them is too short, too long, or not base64', () => {
    const good = Buffer.alloc(24, 1).toString('base64');
    const bad = [Buffer.alloc(23, 1).toString('base64'), Buffer.alloc(65, 1).toString('base64'), 'p@ssword'.repeat(5)];
    for (const secret of [...bad, `whpk_${good}`]) {
      expect(parseSecrets(secret), secret).toBeUndefined();
      expect(parseSecrets(`${good},${secret}`), secret).toBeUndefined();
    }
    expect(parseSecrets(' , ')).toBeUndefined();
  });
});
