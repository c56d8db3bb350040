import { FormErrors, type Path } from './FormErrors.ts';

/** Refuses what is not an id, as Discord does; `within` leads to the object that has the field. */
export function snowflake(field: string, value: unknown, within: Path = []): string {
  if ((typeof value === 'string' || typeof value === 'number') && /^\d{1,20}$/.test(String(value)))
    return String(value);
  const path = [...within, field];
  if (value == null) throw FormErrors.refusal(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  throw FormErrors.refusal(path, 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(value)} is not snowflake.`);
}
