import type { Args } from '@sapphire/framework';
import { UserError } from '@sapphire/framework';

/** The Discord id of the person whom a command's next argument names, by a mention or by the id; undefined at the end. */
export async function readPerson(args: Args): Promise<string | undefined> {
  if (args.finished) return undefined;
  const written = await args.pick('string');
  // https://discord.com/developers/docs/reference#snowflakes
  const [, mentioned, id = mentioned] = /^(?:<@!?(\d{17,20})>|(\d{17,20}))$/.exec(written) ?? [];
  if (id === undefined) throw new UserError({ identifier: 'WrongArguments', message: 'That names nobody.' });
  return id;
}
