import { describe, expect, it } from 'vitest';
import { AttachmentStore } from '../../src/simulator/AttachmentStore.ts';
import { Snowflakes } from '../../src/simulator/Snowflakes.ts';
import { call, meet } from './restClient.ts';

const NOBODY = '175928847299117063';

describe('REST refuses', () => {
  it.each([
    ['a missing token', { authorization: '' }],
    ['a wrong token', { authorization: 'Bot wrong' }],
  ])('%s', async (_what, headers) => {
    const { simulator } = await meet();
    expect(await call(simulator, 'GET', '/users/@me', undefined, headers)).toMatchObject({
      status: 401,
      body: { message: '401: Unauthorized', code: 0 },
    });
  });

  it.each([
    ['an unknown route', 'GET', '/nothing/here', undefined, 404, 0],
    ['an unknown channel', 'GET', `/channels/${NOBODY}`, undefined, 404, 10003],
    ['an unknown guild', 'GET', `/guilds/${NOBODY}`, undefined, 404, 10004],
    ['an unknown user', 'GET', `/users/${NOBODY}`, undefined, 404, 10013],
    ['a direct message to an unknown user', 'POST', '/users/@me/channels', { recipient_id: NOBODY }, 404, 10013],
    ['an unknown message', 'GET', `MESSAGES/${NOBODY}`, undefined, 404, 10008],
    ['an edit of another person’s message', 'PATCH', 'MESSAGES/THEIRS', { content: 'mine' }, 403, 50005],
    ['the removal of another person’s message', 'DELETE', 'MESSAGES/THEIRS', undefined, 403, 50003],
    ['an empty message', 'POST', 'MESSAGES', {}, 400, 50006],
    ['a message of blanks', 'POST', 'MESSAGES', { content: ' \n' }, 400, 50006],
    ['broken JSON', 'POST', 'MESSAGES', '{"content":', 400, 50109],
    ['a body that is no object', 'POST', 'MESSAGES', [], 400, 50035],
    ['an id that is none', 'GET', '/channels/general', undefined, 400, 50035],
  ])('%s', async (_what, method, path, body, status, code) => {
    const { simulator, ada, messages } = await meet();
    const { id } = ada.says('mine');
    const url = path.replace('MESSAGES', messages).replace('THEIRS', id);
    expect(await call(simulator, method, url, body)).toMatchObject({ status, body: { code } });
    expect(ada.messages).toHaveLength(1);
  });

  it('a form that is none, and another kind of body', async () => {
    const { simulator, messages } = await meet();
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    expect(await call(simulator, 'POST', messages, 'no form', form)).toMatchObject({ status: 400, body: { code: 0 } });
    expect(await call(simulator, 'POST', messages, 'a=b', { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { _errors: [{ code: 'CONTENT_TYPE_INVALID' }] } },
    });
  });
});

describe('the history', () => {
  it('comes newest first, in pages', async () => {
    const { simulator, ada, messages } = await meet();
    const ids = Array.from({ length: 120 }, (_, index) => ada.says(String(index)).id);
    const page = async (query: string) =>
      (await call(simulator, 'GET', `${messages}${query}`)).body.map(({ content }: { content: string }) =>
        Number(content),
      );

    expect(await page('')).toEqual(Array.from({ length: 50 }, (_, index) => 119 - index));
    expect(await page('?limit=100')).toHaveLength(100);
    expect(await page(`?limit=2&before=${ids[10]}`)).toEqual([9, 8]);
    expect(await page(`?limit=2&after=${ids[10]}`)).toEqual([12, 11]);
    expect(await page(`?limit=3&around=${ids[10]}`)).toEqual([11, 10, 9]);
    expect(await page(`?limit=1&around=${ids[10]}`)).toEqual([10]);
    expect(await page(`?before=${ids[0]}`)).toEqual([]);
  });

  it.each(['0', '101', 'all'])('refuses a limit of %s', async (limit) => {
    const { simulator, messages } = await meet();
    expect(await call(simulator, 'GET', `${messages}?limit=${limit}`)).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { limit: { _errors: [{}] } } },
    });
  });

  it('loses what the bot deletes', async () => {
    const { simulator, ada, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, { content: 'oops' });
    expect(await call(simulator, 'DELETE', `${messages}/${body.id}`)).toMatchObject({ status: 204, body: undefined });
    expect(await call(simulator, 'GET', `${messages}/${body.id}`)).toMatchObject({ body: { code: 10008 } });
    expect(ada.messages).toEqual([]);
  });

  it('keeps 5,000 messages of a channel', async () => {
    const { ada } = await meet();
    for (let count = 0; count <= 5_000; count += 1) ada.says(String(count));
    expect(ada.messages).toHaveLength(5_000);
    expect(ada.messages[0]?.content).toBe('1');
  });
});

describe('the rest of REST', () => {
  it('knows the bot, its application, people, and where the gateway is', async () => {
    const { simulator, ada } = await meet();
    const get = async (path: string) => (await call(simulator, 'GET', path)).body;

    expect(await get('/users/@me')).toEqual(simulator.bot);
    expect(await get(`/users/${ada.id}`)).toMatchObject({ username: 'ada' });
    expect(await get('/applications/@me')).toMatchObject({ id: simulator.bot.id, bot: simulator.bot });
    expect(await get('/oauth2/applications/@me')).toMatchObject({ id: simulator.bot.id });
    expect(await get(`/applications/${simulator.bot.id}/commands`)).toEqual([]);
    expect(await get('/gateway')).toEqual({ url: simulator.gateway.url });
    expect(await get('/gateway/bot')).toMatchObject({
      url: simulator.gateway.url,
      shards: 1,
      session_start_limit: { max_concurrency: 1 },
    });
    expect(await get(`/guilds/${simulator.guild.id}/members/${ada.id}`)).toMatchObject({ user: { username: 'ada' } });
    expect((await call(simulator, 'POST', '/users/@me/channels', { recipient_id: ada.id })).body).toMatchObject({
      id: ada.channelId,
      type: 1,
    });
    expect(await get(`/channels/${ada.channelId}`)).toMatchObject({ recipients: [{ username: 'ada' }] });
  });

  it('speaks version 9 too', async () => {
    const { simulator } = await meet();
    expect((await fetch(`${simulator.apiUrl}/v9/gateway`)).status).toBe(200);
    expect((await fetch(`${simulator.apiUrl}/v8/gateway`)).status).toBe(404);
  });

  it('answers typing with 204 and no kind of content', async () => {
    const { simulator, ada } = await meet();
    const { status, headers } = await call(simulator, 'POST', `/channels/${ada.channelId}/typing`);
    expect([status, headers.get('content-type')]).toEqual([204, null]);
  });

  it('keeps the files of an edit that lists them, drops the others, adds new ones', async () => {
    const { simulator, messages } = await meet();
    const form = new FormData();
    form.append('files[0]', new Blob(['a']), 'a.txt');
    form.append('files[1]', new Blob(['b']), 'b.txt');
    const { body: sent } = await call(simulator, 'POST', messages, form);

    const edit = new FormData();
    edit.append(
      'payload_json',
      JSON.stringify({ attachments: [{ id: sent.attachments[1].id }, { id: 0, description: 'new' }] }),
    );
    edit.append('files[0]', new Blob(['c']), 'c.txt');
    const { body: edited } = await call(simulator, 'PATCH', `${messages}/${sent.id}`, edit);

    expect(edited.attachments).toMatchObject([{ filename: 'b.txt' }, { filename: 'c.txt', description: 'new' }]);
  });

  it('records each request with its body, its files and its answer', async () => {
    const { simulator, ada, messages } = await meet();
    const form = new FormData();
    form.append('payload_json', '{"content":"Here."}');
    form.append('files[0]', new Blob(['abc']), 'a.txt');
    await call(simulator, 'POST', messages, form);
    await call(simulator, 'GET', `${messages}?limit=1`);
    await call(simulator, 'GET', '/nowhere');

    expect(simulator.requests).toMatchObject([
      {
        method: 'POST',
        path: messages,
        body: { content: 'Here.' },
        files: [{ filename: 'a.txt', size: 3 }],
        status: 200,
      },
      { method: 'GET', path: `/channels/${ada.channelId}/messages`, query: { limit: '1' }, status: 200 },
      { method: 'GET', path: '/nowhere', status: 404 },
    ]);
  });

  it('remembers the last 1,000 requests', async () => {
    const { simulator } = await meet();
    await call(simulator, 'GET', '/users/@me');
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => call(simulator, 'GET', '/gateway')));
    }
    expect(simulator.requests).toHaveLength(1_000);
    expect(simulator.requests.every(({ path }) => path === '/gateway')).toBe(true);
  });

  it('forgets the oldest files when there are too many bytes', () => {
    const store = new AttachmentStore(new Snowflakes(), 10);
    const [old, young] = ['old', 'young'].map((filename) => store.add('1', { filename, content: 'sixsix' }));

    expect(store.get(old?.id ?? '')).toBeUndefined();
    expect(store.get(young?.id ?? '')?.bytes.toString()).toBe('sixsix');
  });

  it('has no file where none was sent', async () => {
    const { simulator } = await meet();
    expect((await fetch(`${simulator.url}/attachments/1/2/none.txt`)).status).toBe(404);
  });

  it('refuses a body above 25 MiB', async () => {
    const { simulator, messages } = await meet();
    const form = new FormData();
    form.append('files[0]', new Blob([new Uint8Array(25 * 1024 * 1024)]), 'big.bin');
    expect(await call(simulator, 'POST', messages, form)).toMatchObject({ status: 413, body: { code: 40005 } });
  });
});
