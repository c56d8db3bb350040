import { type Names, namesOf } from './Names.ts';

/** What the plugin in `templates/plugin` is called: two words, so that each form of its name can be told from the others. */
export const templateName = 'wish-list';

const template = namesOf(templateName);

/** A text of a plugin (or a path, or an identifier) as one of another name has it; `from` is the template's by default. */
export function rename(text: string, to: Names, from = template): string {
  const forms = Object.entries(from) as [keyof Names, string][];
  const anyForm = new RegExp(forms.map(([, written]) => written).join('|'), 'g');
  return text.replaceAll(anyForm, (found) => {
    const [form] = forms.find(([, written]) => written === found) ?? ['kebab'];
    return to[form];
  });
}
