import { FormErrors } from './FormErrors.ts';

/** Refuses what is not an id, as Discord does. */
export function snowflake(field: string, value: unknown): string {
  if ((typeof value === 'string' || typeof value === 'number') && /^\d{1,20}$/.test(String(value)))
    return String(value);
  if (value == null) throw FormErrors.refusal([field], 'BASE_TYPE_REQUIRED', 'This field is required');
  throw FormErrors.refusal([field], 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(value)} is not snowflake.`);
}
