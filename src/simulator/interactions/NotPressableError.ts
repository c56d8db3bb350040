/** Why somebody cannot press what they wanted to press. */
export class NotPressableError extends Error {
  override readonly name = 'NotPressableError';
}
