import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KernelError, kernelErrors } from '../../src/core/errors.ts';

const page = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (.+) \| (.+) \|$/gm)];

describe('docs/ERRORS.md', () => {
  it('lists exactly the codes of src/core/errors.ts, in their order, with their exit status', () => {
    const listed = rows.map(([, code, status]) => [code, Number(status)]);
    expect(listed).toEqual(Object.entries(kernelErrors));
  });

  it('names a cause and a cure for each', () => {
    for (const [, , , cause, cure] of rows) for (const text of [cause, cure]) expect(text).toMatch(/^[A-Z].+[.)]$/);
  });

  it('says with which status the process ends', () => {
    expect(new KernelError('ClosedByDiscord', '').exitStatus).toBe(2);
    for (const status of new Set(Object.values(kernelErrors))) expect(page).toContain(`**${status}**`);
  });
});
