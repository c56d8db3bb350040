import { Refusal } from './Refusal.ts';
import { templateName } from './rename.ts';

/** PostgreSQL takes 63 characters, and the longest name of a constraint adds 25. */
const longest = 30;

// What no variable of a module may be called; https://tc39.es/ecma262/#prod-ReservedWord and strict mode's.
const reserved = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** @throws Refusal when nothing can be called so, whatever else there is. */
export function refuseBadName(name: string | undefined): asserts name is string {
  if (name === undefined || name === '')
    throw new Refusal('How shall the plugin be called? For example: npm run plugin:new reading-list');
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name))
    throw new Refusal(
      `"${name}" is no name for a plugin: small letters and digits, words joined by single hyphens, a letter first. For example: reading-list`,
    );
  if (name.length < 2 || name.length > longest)
    throw new Refusal(`"${name}" has ${name.length} characters: a plugin's name has 2 to ${longest}.`);
  if (reserved.has(name))
    throw new Refusal(`"${name}" is a word of JavaScript, so no function can be called so. Take another name.`);
  if (name === templateName) throw new Refusal(`"${name}" is what the template is called. Take another name.`);
}
