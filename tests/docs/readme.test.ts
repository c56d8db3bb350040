import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import config from '../../sapphire.config.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

describe('README.md', () => {
  it('shows the two commands first', () => {
    expect(readme.indexOf('npm ci && npm start')).toBeGreaterThan(0);
    expect(readme.indexOf('npm ci && npm test')).toBeGreaterThan(readme.indexOf('npm ci && npm start'));
    expect(readme.indexOf('## ')).toBeGreaterThan(readme.indexOf('npm ci && npm test'));
  });

  it('lists exactly the commands that the bot has', () => {
    const table = readme.split('<!-- commands -->')[1]?.split('<!-- /commands -->')[0] ?? '';
    const listed = [...table.matchAll(/^\| `!(\w+)/gm)].map(([, name]) => name);
    const commands = [config, ...config.plugins].flatMap((owner) => Object.keys(owner.commands ?? {}));
    expect(listed).toEqual(commands.sort());
  });
});
