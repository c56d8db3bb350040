import type { HistoryPage } from '../MessageHistory.ts';
import { FormErrors } from './FormErrors.ts';
import { snowflake } from './snowflake.ts';

/** Reads `before`, `after`, `around` and `limit`: https://discord.com/developers/docs/resources/message#get-channel-messages */
export function readPage(query: unknown): HistoryPage {
  const { before, after, around, limit = '50' } = query as Record<string, string | undefined>;
  if (!/^-?\d+$/.test(limit)) {
    throw FormErrors.refusal(['limit'], 'NUMBER_TYPE_COERCE', `Value "${limit}" is not int.`);
  }
  if (Number(limit) < 1) {
    throw FormErrors.refusal(['limit'], 'NUMBER_TYPE_MIN', 'int value should be greater than or equal to 1.');
  }
  if (Number(limit) > 100) {
    throw FormErrors.refusal(['limit'], 'NUMBER_TYPE_MAX', 'int value should be less than or equal to 100.');
  }
  const id = (field: string, value: string | undefined) => (value === undefined ? undefined : snowflake(field, value));
  return {
    before: id('before', before),
    after: id('after', after),
    around: id('around', around),
    limit: Number(limit),
  };
}
