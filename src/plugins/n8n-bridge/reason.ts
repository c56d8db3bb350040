import { z } from 'zod';
import { cleanText } from '#core';

/** Characters that a reason may have: as many as a moderator's. */
const longest = 500;

/** Why automation warns somebody. */
export const reason = z
  .string({ error: 'must be a text' })
  .transform((text) => cleanText(text).trim())
  .refine((text) => text !== '', { error: 'must not be empty' })
  // As people count them, which JSON Schema does too; one takes two code units at most.
  .refine((text) => text.length <= 2 * longest && [...text].length <= longest, {
    error: `must have ${longest} characters at most`,
  })
  .meta({ maxLength: longest, description: 'Why; the person reads it. Blanks at both ends go.' });
