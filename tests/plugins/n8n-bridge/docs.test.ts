import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { workflowFaults } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';

const page = readFileSync(new URL('../../../docs/OPERATING.md', import.meta.url), 'utf8');
const section = page.split('## The workflow\n')[1]?.split('\n## ')[0] ?? '';

describe('docs/OPERATING.md, of the workflow', () => {
  it('lists exactly the causes that the log names, in their order', () => {
    const rows = [...section.matchAll(/^\| `([a-z0-9 ]+)` \| \S.+ \|$/gm)].map(([, fault]) => fault);
    expect(rows).toEqual(Object.keys(workflowFaults));
  });
});

describe('docs/N8N.md', () => {
  it('lists every cause', () => {
    const guide = readFileSync(new URL('../../../docs/N8N.md', import.meta.url), 'utf8');
    const table = guide.split('## When it does not work\n')[1] ?? '';
    const rows = [...table.matchAll(/^\| `([a-z0-9 ]+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, fault]) => fault ?? '');
    expect(rows.filter((row) => row !== 'code').toSorted()).toEqual(Object.keys(workflowFaults).toSorted());
  });
});
