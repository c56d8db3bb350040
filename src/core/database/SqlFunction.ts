/**
 * A function of the schema that is called for single messages, so often that calls go to the database together: with
 * `Database.call`. Its parameters are SQL types, in their order.
 */
export interface SqlFunction {
  readonly name: string;
  readonly parameters: readonly string[];
}

/** The call alone, as a statement with bound parameters. */
export const toStatement = ({ name, parameters }: SqlFunction): string =>
  `SELECT * FROM ${name}(${parameters.map((type, index) => `$${index + 1}::${type}`).join(', ')}) AS result`;
