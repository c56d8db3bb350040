import { describe, expect, it } from 'vitest';
import * as core from '#core';
import { orderPlugins } from '../../src/core/orderPlugins.ts';
import { readTemplate } from '../../src/pluginNew/readTemplate.ts';
import { tidyUp } from '../../src/pluginNew/tidyUp.ts';
import { changesFor, excerpts, guided, packaged } from './guide.ts';
import { readPage, root } from './pages.ts';

// What `npm run plugin:new reading-list` writes, whatever is called so already.
const files = tidyUp(root, readTemplate(root, guided, 'NNN'));
const changes = changesFor(guided);

// tests/pluginNew/generated.fault.ts makes the changes, and runs what comes of them.
describe('docs/WRITING-A-PLUGIN.md', () => {
  it.each(excerpts)('shows what is in $path', ({ path, text }) => {
    expect(files.get(path)).toContain(text);
  });

  it.each(changes)('changes what is in $path, in one place', ({ path, before, after }) => {
    expect(files.get(path)?.split(before)).toHaveLength(2);
    expect(after).not.toBe(before);
  });

  it('shows and changes something', () => {
    expect([excerpts.length, changes.length]).toEqual([7, 3]);
  });

  it('shows a package that works, given the kernel', async () => {
    const { default: greeter } = await import(`data:text/javascript,${encodeURIComponent(packaged)}`);
    const [plugin] = orderPlugins([greeter(core)]);
    const respond = (text: string) =>
      plugin?.conversation?.respond?.({ text, username: 'ada' } as never, {} as never, {} as never, {} as never);
    expect(await respond('Hello there')).toEqual({ text: 'Hello, ada!' });
    expect(await respond('Good morning')).toBeUndefined();
  });

  it('lists every file of the plugin’s folder', () => {
    const { text } = readPage('docs/WRITING-A-PLUGIN.md');
    const folder = `src/plugins/${guided.kebab}/`;
    const listed = [...text.matchAll(/^\| (`.+`) \| [A-Z]/gm)].flatMap(([, cell = '']) => cell.match(/[\w./-]+\.\w+/g));
    const made = [...files.keys()].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
    expect(listed.toSorted()).toEqual(made.toSorted());
  });
});
