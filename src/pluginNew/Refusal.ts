/** Why no plugin was made; the message names the cause and the cure. Nothing was written. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
