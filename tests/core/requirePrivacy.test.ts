import { defineEntity, p } from '@mikro-orm/core';
import { describe, expect, it } from 'vitest';
import config from '../../sapphire.config.ts';
import { readConfiguration } from '../../src/core/createBot.ts';
import { User } from '../../src/core/database/User.ts';
import { definePlugin, type Plugin } from '../../src/core/definePlugin.ts';
import { KernelError } from '../../src/core/errors.ts';
import { requirePrivacy } from '../../src/core/requirePrivacy.ts';

const pointing = {
  'by a relation': defineEntity({
    name: 'Note',
    properties: { id: p.integer().primary(), author: () => p.manyToOne(User).fieldName('author_id') },
  }),
  'one to one': defineEntity({ name: 'Profile', properties: { user: () => p.oneToOne(User).primary() } }),
  "by the user's name in the schema": defineEntity({
    name: 'Vote',
    properties: { id: p.integer().primary(), voter: () => p.manyToOne('User' as never) },
  }),
  'by a column': defineEntity({
    name: 'Visit',
    properties: { id: p.integer().primary(), who: p.bigint().fieldName('user_id') },
  }),
  'by a property': defineEntity({ name: 'Stay', properties: { id: p.integer().primary(), userId: p.bigint() } }),
};
const Setting = defineEntity({ name: 'Setting', properties: { id: p.integer().primary(), value: p.text() } });
const Line = defineEntity({
  name: 'Line',
  properties: { id: p.integer().primary(), setting: () => p.manyToOne(Setting) },
});

const exportData = async () => ({});
const forget = async () => ({});

function refusal(...plugins: Plugin[]): KernelError | undefined {
  try {
    requirePrivacy(plugins);
    return undefined;
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
}

describe('a plugin with an entity that points to a user', () => {
  it.each(Object.entries(pointing))('has to say what can be seen and erased of it: %s', (_how, entity) => {
    const plugin = (more: object) => definePlugin({ name: 'notes', entities: [Line, entity], ...more });
    const error = refusal(plugin({}));
    expect(error).toMatchObject({ code: 'MissingPrivacy', exitStatus: 3 });
    expect(error?.message).toBe(
      `The plugin "notes" keeps something about users (${entity.meta.name}) and does not say what !mydata shows of it or what !forgetme erases. Add conversation.exportData and conversation.forget or erasure to its manifest.`,
    );
    expect(refusal(plugin({ conversation: { exportData } }))?.message).toMatch(
      /Add conversation\.forget or erasure to/,
    );
    expect(refusal(plugin({ conversation: { forget } }))?.message).toMatch(/Add conversation\.exportData to/);
    expect(refusal(plugin({ erasure: 'with the user' }))?.message).toMatch(/Add conversation\.exportData to/);
    expect(refusal(plugin({ conversation: { exportData, forget } }))).toBeUndefined();
    for (const erasure of ['with the user', { never: 'notes' }])
      expect(refusal(plugin({ erasure, conversation: { exportData } }))).toBeUndefined();
  });

  it('is the only one that has to', () => {
    const silent = definePlugin({ name: 'silent' });
    expect(refusal(silent, definePlugin({ name: 'settings', entities: [Setting, Line] }))).toBeUndefined();
  });

  it('keeps the bot from booting', () => {
    const notes = definePlugin({ name: 'notes', entities: [pointing['by a column']] });
    const environment = { DISCORD_TOKEN: 'none', N8N_WEBHOOK_URL: 'http://127.0.0.1:9/' };
    expect(() => readConfiguration({ ...config, plugins: [notes] }, environment)).toThrow(
      expect.objectContaining({ code: 'MissingPrivacy' }),
    );
    expect(() => readConfiguration(config, environment)).not.toThrow();
  });
});
