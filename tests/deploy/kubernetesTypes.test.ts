import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kustomization, type Manifest, readManifest } from './manifests.ts';
import { root } from './root.ts';

const run = promisify(execFile);
const { resources } = readManifest<Kustomization>('base/kustomization.yaml');
const manifests = [...resources.map((path) => `base/${path}`), 'secret.example.yaml'].map((path) =>
  readManifest<Manifest>(path),
);
// Within node_modules, where Kubernetes' types are found and nobody else looks.
const cache = join(root, 'node_modules/.cache');
let folder: string;

beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'manifests-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What the type checker says of a manifest; unlike Kubernetes' schemas it knows every key that there is. */
async function complaints(all: readonly unknown[]): Promise<string> {
  const lines = (all as Manifest[]).map(
    (manifest, n) =>
      `import type { I${manifest.kind} as Kind${n} } from 'kubernetes-models/${manifest.apiVersion}';\n` +
      `export const manifest${n}: Kind${n} = ${JSON.stringify(manifest)};`,
  );
  const file = join(folder, 'manifests.ts');
  await writeFile(file, lines.join('\n'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext', '--types', ''];
  return run(join(root, 'node_modules/.bin/tsc'), [...options, file], { cwd: folder, timeout: 25_000 }).then(
    () => '',
    ({ stdout, message }: { stdout?: string; message: string }) => stdout || message,
  );
}

it('are objects as Kubernetes has them, with no key that it does not know', async () => {
  expect(await complaints(manifests)).toBe('');
  const mistaken = structuredClone(manifests);
  const pod = mistaken.find(({ kind }) => kind === 'StatefulSet')?.spec.template.spec as object;
  Object.assign(pod, { terminationGracePeriod: 45 });
  expect(await complaints(mistaken)).toContain(`'"terminationGracePeriod"' does not exist`);
});
