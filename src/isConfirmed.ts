import type { Args } from '@sapphire/framework';

/** Whether a command that takes something away for good was written with `confirm` behind it. */
export async function isConfirmed(args: Args): Promise<boolean> {
  const word = await args.pickResult('string');
  return word.isOkAnd((written) => written.toLowerCase() === 'confirm');
}
