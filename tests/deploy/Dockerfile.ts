import { textOf } from './root.ts';

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** The Dockerfile's stages, each from its FROM on. */
export const stages: readonly (readonly Instruction[])[] = textOf('Dockerfile')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((stage) => stage.split('\n').flatMap(toInstruction));

const last = stages.at(-1) ?? [];

/** What the image's last stage says by one kind of instruction. */
export const valuesOf = (name: string): string[] =>
  last.filter((instruction) => instruction.name === name).map(({ value }) => value);

/** The files and folders of the project that get into the image's last stage, under the names that they have here. */
export const copied: readonly { path: string; mode: string }[] = valuesOf('COPY').flatMap((value) => {
  const [, mode = '', paths = ''] = /^--chmod=(\d+) (.+) \S+$/.exec(value) ?? [];
  return paths.split(' ').flatMap((path) => (path === '' ? [] : [{ path, mode }]));
});

const [everything, ...lines] = textOf('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The .dockerignore: what it leaves out first, what gets in nevertheless, and what of that does not. */
export const dockerignore = {
  everything,
  kept: lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)),
  leftOut: lines.filter((line) => !line.startsWith('!')),
};

/** The variables that the image sets. */
export const imageEnvironment: Record<string, string> = Object.fromEntries(
  // NAME=value, where the value may have an equals sign of its own.
  valuesOf('ENV').flatMap((value) => value.split(' ').map((assignment) => assignment.split(/=(.*)/, 2))),
);

/** What the image runs. */
export const command: readonly string[] = [...valuesOf('ENTRYPOINT'), ...valuesOf('CMD')].flatMap(
  (list) => JSON.parse(list) as string[],
);

/** What Docker runs to see whether the bot lives. */
export const healthCommand: readonly string[] = JSON.parse(
  /\sCMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]',
);

function toInstruction(line: string): Instruction[] {
  const [, name, value] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
  return name !== undefined && value !== undefined ? [{ name, value }] : [];
}
