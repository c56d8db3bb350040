import { hkdfSync } from 'node:crypto';

/**
 * Makes a key of 32 bytes out of a secret, another one for each purpose; none of them tells the secret or another one:
 * https://www.rfc-editor.org/rfc/rfc5869
 */
export const deriveKey = (secret: string | Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `steward ${purpose}`, 32));
