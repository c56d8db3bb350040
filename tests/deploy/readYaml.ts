import { createRequire } from 'node:module';
import { textOf } from './root.ts';

// The parser that Knip brings along: the project needs none of its own.
const { parseAllDocuments } = createRequire(createRequire(import.meta.url).resolve('knip'))('yaml') as {
  parseAllDocuments(text: string): { errors: Error[]; toJS(): unknown }[];
};

/** The documents of one of the project's YAML files. @throws what is wrong with it */
export function readYaml<Document>(path: string): Document[] {
  return parseAllDocuments(textOf(path)).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS() as Document;
  });
}
