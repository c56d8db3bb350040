import { describe, expect, it } from 'vitest';
import { parseEnvironment, type RawEnvironment } from '../../../src/core/config.ts';
import { n8nBridge } from '../../../src/plugins/n8n-bridge/plugin.ts';

const parse = (raw: RawEnvironment) =>
  parseEnvironment(new Map([['n8n-bridge', n8nBridge().env]]), { N8N_WEBHOOK_URL: 'http://127.0.0.1/webhook', ...raw });

describe('the environment of n8n-bridge', () => {
  it('takes any header value that a request can carry, and keeps it secret', () => {
    for (const N8N_AUTH_HEADER_VALUE of ['Bearer a.b-c==', 'naïve key', 'with\ttab'])
      expect(parse({ N8N_AUTH_HEADER_NAME: 'X-Key', N8N_AUTH_HEADER_VALUE }).secrets).toEqual([N8N_AUTH_HEADER_VALUE]);
  });

  it('refuses a header value that no request can carry, without showing it', () => {
    for (const N8N_AUTH_HEADER_VALUE of ['sesame\nlines', 'sesame\u2603', 'sesame\u0007', 'sesame\u007f']) {
      const call = () => parse({ N8N_AUTH_HEADER_NAME: 'X-Key', N8N_AUTH_HEADER_VALUE });
      expect(call).toThrow('N8N_AUTH_HEADER_VALUE: must be what an HTTP header can hold');
      expect(call).not.toThrow('sesame');
    }
  });

  it('refuses a header name that is none', () => {
    expect(() => parse({ N8N_AUTH_HEADER_NAME: 'X Key:' })).toThrow(
      'N8N_AUTH_HEADER_NAME: must be the name of an HTTP',
    );
  });

  it('refuses an address with a password, which no call could use and the log would show', () => {
    for (const credentials of ['n8n:sesame', 'sesame', ':sesame']) {
      const call = () => parse({ N8N_WEBHOOK_URL: `https://${credentials}@127.0.0.1/webhook` });
      expect(call).toThrow('N8N_WEBHOOK_URL: must hold no user and password: use N8N_AUTH_HEADER_NAME');
      expect(call).not.toThrow('sesame');
    }
  });

  it('lets an @ stand in the path', () => {
    expect(() => parse({ N8N_WEBHOOK_URL: 'https://127.0.0.1/webhook/@steward?to=a@b' })).not.toThrow();
  });

  it('takes several signing secrets, with and without their prefix, and keeps them secret', () => {
    const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const N8N_SIGNING_SECRET = `whsec_${one.toString('base64')}, ${other.toString('base64')}`;
    const { values, secrets } = parse({ N8N_SIGNING_SECRET });
    expect(values.get('n8n-bridge')).toMatchObject({ N8N_SIGNING_SECRET: [one, other] });
    expect(secrets).toEqual([N8N_SIGNING_SECRET]);
    expect(parse({}).values.get('n8n-bridge')).toMatchObject({ N8N_SIGNING_SECRET: [] });
  });

  it('refuses a signing secret that can be guessed or is not base64, without showing it', () => {
    for (const N8N_SIGNING_SECRET of ['sesame', 'whsec_sesame', `${'sesame'.repeat(6)}, sesame`]) {
      const call = () => parse({ N8N_SIGNING_SECRET });
      expect(call).toThrow('N8N_SIGNING_SECRET: must be 24 to 64 bytes in base64; make one with: openssl rand');
      expect(call).not.toThrow('sesame');
    }
  });

  it('takes the public address of the bot, with a path or without, and no more than that', () => {
    const { values } = parse({ PUBLIC_URL: 'https://bot.example/steward/' });
    expect(values.get('n8n-bridge')).toMatchObject({ PUBLIC_URL: 'https://bot.example/steward' });
    expect(parse({ PUBLIC_URL: 'http://127.0.0.1:3000' }).values.get('n8n-bridge')).toMatchObject({
      PUBLIC_URL: 'http://127.0.0.1:3000',
    });
    for (const PUBLIC_URL of [
      'bot.example',
      'ftp://bot.example',
      'https://sesame@bot.example',
      'https://a.b/?x',
      'https://a.b/#x',
    ])
      expect(() => parse({ PUBLIC_URL })).toThrow('PUBLIC_URL: must');
    expect(() => parse({ PUBLIC_URL: 'https://ada:sesame@bot.example' })).not.toThrow(/sesame/);
  });

  it('keeps the numbers of calls and of those who wait within bounds', () => {
    for (const name of ['N8N_MAX_CONCURRENT', 'N8N_MAX_WAITING']) {
      expect(() => parse({ [name]: '-1' })).toThrow(`${name}: must be a whole number`);
      expect(() => parse({ [name]: '1' })).not.toThrow();
    }
    expect(() => parse({ N8N_MAX_CONCURRENT: '0' })).toThrow('N8N_MAX_CONCURRENT: must be a whole number from 1');
  });

  it('takes a list of actions, none by default, and refuses names that it does not know', () => {
    const actionsOf = (raw: RawEnvironment) => parse(raw).values.get('n8n-bridge')?.N8N_ACTIONS;
    expect(actionsOf({})).toEqual([]);
    expect(actionsOf({ N8N_ACTIONS: ' warn, flushMemory,warn,' })).toEqual(['warn', 'flushMemory']);
    for (const N8N_ACTIONS of ['ban', 'warn,ban', 'Warn', 'toString', '*'])
      expect(() => parse({ N8N_ACTIONS })).toThrow(
        'N8N_ACTIONS: must be a list of warn and flushMemory, separated by commas; empty, it allows none',
      );
  });
});
