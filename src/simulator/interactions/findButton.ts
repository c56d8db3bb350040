import { type APIButtonComponentWithCustomId, type APIMessage, ComponentType } from 'discord.js';
import { NotPressableError } from './NotPressableError.ts';

/** The button of a message with this custom id, label or emoji. @throws NotPressableError when nobody could press it, with those that there are */
export function findButton({ id, components = [] }: APIMessage, wanted: string): APIButtonComponentWithCustomId {
  const buttons = components
    .flatMap((row) => (row.type === ComponentType.ActionRow ? row.components : []))
    .filter((component) => component.type === ComponentType.Button)
    .filter((button) => 'custom_id' in button);
  const button =
    buttons.find(({ custom_id }) => custom_id === wanted) ??
    buttons.find(({ label, emoji }) => label === wanted || (emoji?.name !== undefined && emoji.name === wanted));
  if (button && !button.disabled) return button;
  const labels = buttons.map(({ label, emoji, custom_id }) => JSON.stringify(label ?? emoji?.name ?? custom_id));
  const known = labels.length === 0 ? 'it has none that can be pressed' : `it has ${labels.join(', ')}`;
  throw new NotPressableError(
    `The button "${wanted}" of the message ${id} ${button ? 'is disabled' : 'does not exist'}; ${known}.`,
  );
}
