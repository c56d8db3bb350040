/**
 * Something failed that a plugin relies on and that is not the bot's: a service elsewhere, a workflow. A plugin is not
 * quarantined for it, as it would fare no better afterwards.
 */
export class OutsideError extends Error {
  override readonly name: string = 'OutsideError';
}
