import { ComponentType, Events, InteractionContextType, MessageFlags } from 'discord.js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { logIn, startSimulator } from './discordClient.ts';
import { nextPress, page, patient, pressed, pressedBefore, row } from './pressing.ts';
import { call, meet } from './restClient.ts';

describe('the press of a button', () => {
  it('reaches discord.js from a direct message that it has never seen, with all that it needs', async () => {
    const { simulator, ada, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, page('Page 1', 'Next'));
    const client = await logIn(simulator, { intents: [] });

    const pressed = nextPress(client);
    const press = ada.presses(body.id, 'Next');
    const interaction = await pressed;

    expect(interaction).toMatchObject({
      id: press.id,
      token: press.token,
      applicationId: simulator.bot.id,
      customId: 'next',
      componentType: ComponentType.Button,
      channelId: ada.channelId,
      guildId: null,
      version: 1,
      locale: 'en-US',
      context: InteractionContextType.BotDM,
    });
    expect(interaction.user.id).toBe(ada.id);
    expect(interaction.channel?.isDMBased()).toBe(true);
    expect(interaction.message.content).toBe('Page 1');
    expect(interaction.component).toMatchObject({ customId: 'next', label: 'Next' });
    expect(interaction.entitlements.size).toBe(0);
    expect(interaction.isRepliable()).toBe(true);
    expect(press.state).toBe('waiting');
  });

  it('in the guild tells who it was as a member', async () => {
    const simulator = await startSimulator(patient);
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const { id } = simulator.guild.channel;
    const { body } = await call(simulator, 'POST', `/channels/${id}/messages`, page('Vote', 'Yes'));

    const pressed = nextPress(client);
    ada.presses(body.id, 'yes');
    const interaction = await pressed;

    expect(interaction).toMatchObject({ guildId: simulator.guild.id, context: InteractionContextType.Guild });
    expect(interaction.inCachedGuild()).toBe(true);
    expect(interaction.authorizingIntegrationOwners.guildId).toBe(simulator.guild.id);
    expect(interaction.memberPermissions?.has('SendMessages')).toBe(true);
    await interaction.reply({ content: 'Counted.', flags: MessageFlags.Ephemeral });
    expect(await ada.hearsInGuild()).toMatchObject({ content: 'Counted.' });
  });

  it('reaches every login with the token, and only the first of their answers counts', async () => {
    const { simulator, ada, messages } = await meet(patient);
    const { body } = await call(simulator, 'POST', messages, page('Page 1', 'Next'));
    const clients = [await logIn(simulator), await logIn(simulator)];

    const pressed = Promise.all(clients.map(nextPress));
    const press = ada.presses(body.id, 'Next');
    const [first, second] = await pressed;

    await first?.update('Page 2');
    await expect(second?.update('Page 3')).rejects.toMatchObject({ code: 40060, status: 400 });
    expect(await press.settled).toBe('answered');
    expect(ada.heard).toMatchObject([{ content: 'Page 2' }]);
  });

  it.each([
    ['is not there', 'Back', 'does not exist; it has "Next"'],
    ['is disabled', 'off', 'is disabled'],
    ['leads elsewhere', 'More', 'does not exist'],
  ])('cannot be made when the button %s', async (_what, button, complaint) => {
    const { simulator, ada, messages } = await meet();
    const { components } = row('Next');
    const off = { type: 2, style: 2, label: 'Off', custom_id: 'off', disabled: true };
    const link = { type: 2, style: 5, label: 'More', url: 'https://example.org/' };
    const { body } = await call(simulator, 'POST', messages, {
      components: [{ type: 1, components: [...components, off, link] }],
    });
    expect(() => ada.presses(body.id, button)).toThrow(complaint);
    expect(() => ada.presses('1', button)).toThrow('sees no message');
  });

  it('fails when nobody answers in time, and cannot be answered any more', async () => {
    const simulator = await startSimulator({ interactionPatience: 20 });
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const { body } = await call(simulator, 'POST', `/channels/${ada.channelId}/messages`, page('Page 1', 'Next'));
    const pressed = nextPress(client);
    const press = ada.presses(body.id, 'Next');
    expect(await press.settled).toBe('failed');
    expect(press.state).toBe('failed');
    await expect((await pressed).update('Page 2')).rejects.toMatchObject({ code: 10062, status: 404 });
    expect(ada.heard).toMatchObject([{ content: 'Page 1' }]);
  });

  it('fails after three seconds by default', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { press } = await pressedBefore();
    vi.advanceTimersByTime(2_999);
    expect(press.state).toBe('waiting');
    vi.advanceTimersByTime(1);
    expect(press.state).toBe('failed');
  });

  it('fails when the simulator stops', async () => {
    const { simulator, press } = await pressedBefore(patient);
    await simulator.stop();
    expect(await press.settled).toBe('failed');
  });
});

describe('the webhook of a press', () => {
  it('exists once the press was answered, for the bot only, and for fifteen minutes', async () => {
    const { interaction, press, simulator } = await pressed();
    const follow = (id: string) =>
      call(simulator, 'POST', `/webhooks/${id}/${press.token}`, { content: 'x' }, { authorization: '' });
    const { id } = simulator.bot;
    expect(await follow(id)).toMatchObject({ status: 404, body: { code: 10015 } });
    await interaction.deferUpdate();
    expect(await follow('1')).toMatchObject({ status: 404, body: { code: 10015 } });
    expect(await follow(id)).toMatchObject({ status: 200, body: { content: 'x' } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 60_000 + 1_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await follow(id)).toMatchObject({ status: 401, body: { code: 50027 } });
  });

  it('reaches the messages of that press only', async () => {
    const { interaction, messages, press, simulator } = await pressed();
    const other = await call(simulator, 'POST', messages, { content: 'other' });
    await interaction.reply('Pressed.');
    const path = `/webhooks/${simulator.bot.id}/${press.token}/messages`;
    expect(await call(simulator, 'GET', `${path}/${other.body.id}`)).toMatchObject({ status: 404 });
    expect(await call(simulator, 'GET', `${path}/@original`)).toMatchObject({ body: { content: 'Pressed.' } });
  });

  it('is not held up by the limit that holds for the whole bot', async () => {
    const simulator = await startSimulator({ ...patient, enforceRateLimits: true });
    const ada = simulator.addUser({ username: 'ada' });
    const { body } = await call(simulator, 'POST', `/channels/${ada.channelId}/messages`, page('Page 1', 'Next'));
    const press = ada.presses(body.id, 'Next');
    // Two routes, so that neither reaches a limit of its own before both have reached the common one.
    const others = ['/users/@me', '/applications/@me'].flatMap((path) => Array<string>(30).fill(path));
    const statuses = await Promise.all(others.map(async (path) => (await call(simulator, 'GET', path)).status));
    expect(statuses).toContain(429);
    const path = `/interactions/${press.id}/${press.token}/callback`;
    expect((await call(simulator, 'POST', path, { type: 6 })).status).toBe(204);
  });
});

describe('mishaps', () => {
  it('tell of a press twice', async () => {
    const { simulator, ada, messages } = await meet();
    const { body } = await call(simulator, 'POST', messages, page('Page 1', 'Next'));
    const client = await logIn(simulator);
    simulator.faults.duplicateNextEvents();
    const told: string[] = [];
    const twice = Promise.withResolvers<void>();
    client.on(Events.InteractionCreate, ({ id }) => {
      if (told.push(id) === 2) twice.resolve();
    });
    const { id } = ada.presses(body.id, 'Next');
    await twice.promise;
    expect(told).toEqual([id, id]);
  });

  it('lose the answer to an answer: it counts, and discord.js learns so by asking again', async () => {
    const { ada, interaction, simulator } = await pressed();
    simulator.faults.loseAnswers({ path: /\/callback$/ });
    await expect(interaction.update('Page 2')).rejects.toMatchObject({ code: 40060 });
    expect(ada.heard).toMatchObject([{ content: 'Page 2' }]);
  });
});
