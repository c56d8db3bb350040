import { type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js';
import type { FormErrors, Path } from './FormErrors.ts';
import { lengthOf } from './lengthOf.ts';

const MAX_ROWS = 5;
const MAX_IN_ROW = 5;
const IN_ROWS = [
  ComponentType.Button,
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
];
const STYLES = [1, 2, 3, 4, 5, 6];
const SCHEMES = ['http:', 'https:', 'discord:'];

type Unchecked<Shape> = { [Field in keyof Shape]?: unknown };
type Button = Unchecked<APIButtonComponent & { label: string; emoji: object; custom_id: string; url: string }>;

/** Refuses rows of buttons that Discord would not show: https://discord.com/developers/docs/components/reference#button */
export function checkComponents(rows: readonly unknown[], errors: FormErrors): void {
  errors.checkLength(['components'], rows.length, MAX_ROWS);
  const seen = new Set<unknown>();
  for (const [place, row] of rows.entries()) {
    const path: Path = ['components', place];
    if (!isOfType(row, [ComponentType.ActionRow], path, errors)) continue;
    const { components: inside } = row as { components?: unknown };
    const within = [...path, 'components'];
    if (!Array.isArray(inside)) {
      errors.add(within, 'BASE_TYPE_REQUIRED', 'This field is required');
      continue;
    }
    errors.checkBetween(within, inside.length, 1, MAX_IN_ROW);
    for (const [index, component] of inside.entries()) {
      const at = [...within, index];
      if (!isOfType(component, IN_ROWS, at, errors)) continue;
      if (component.type === ComponentType.Button) checkButton(component as Button, at, errors);
      checkCustomId((component as Button).custom_id, seen, [...at, 'custom_id'], errors);
    }
  }
}

function isOfType(value: unknown, types: readonly ComponentType[], path: Path, errors: FormErrors) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    errors.add(path, 'MODEL_TYPE_CONVERT', 'Expected an object/dictionary.');
    return false;
  }
  if (types.includes((value as { type?: ComponentType }).type as ComponentType)) return true;
  errors.add(path, 'UNION_TYPE_CHOICES', `Value of field "type" must be one of (${types.join(', ')},).`);
  return false;
}

function checkButton(button: Button, path: Path, errors: FormErrors): void {
  const { style, label, emoji, custom_id: customId, url } = button;
  const complain = (field: string, code: string, message: string) => errors.add([...path, field], code, message);
  const demand = (field: string) => complain(field, 'BASE_TYPE_REQUIRED', 'This field is required');
  if (style == null) demand('style');
  else if (!STYLES.includes(style as number)) {
    complain('style', 'BASE_TYPE_CHOICES', `Value must be one of (${STYLES.join(', ')}).`);
  }
  if (label != null && typeof label !== 'string') {
    complain('label', 'STRING_TYPE_CONVERT', 'Could not interpret as string.');
  } else errors.checkLength([...path, 'label'], lengthOf(label ?? ''), 80);
  if (emoji != null && !isEmoji(emoji)) {
    errors.add([...path, 'emoji', 'name'], 'BUTTON_COMPONENT_INVALID_EMOJI', 'Invalid emoji');
  }
  // It has a price, which is all that it shows.
  if (style === ButtonStyle.Premium) return;
  if (!label && emoji == null) demand('label');
  if (customId != null && url != null) {
    const message = 'A custom id and url cannot both be specified';
    complain('custom_id', 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE', message);
  }
  if (style === ButtonStyle.Link) checkUrl(url, [...path, 'url'], errors);
  else if (customId == null) complain('custom_id', 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required');
}

function checkCustomId(customId: unknown, seen: Set<unknown>, path: Path, errors: FormErrors): void {
  if (customId == null) return;
  if (typeof customId !== 'string') errors.add(path, 'STRING_TYPE_CONVERT', 'Could not interpret as string.');
  else errors.checkBetween(path, lengthOf(customId), 1, 100);
  if (seen.has(customId)) {
    errors.add(path, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  seen.add(customId);
}

function checkUrl(url: unknown, path: Path, errors: FormErrors): void {
  if (typeof url !== 'string' || url === '') {
    errors.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
    return;
  }
  errors.checkLength(path, lengthOf(url), 512);
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol === undefined) errors.add(path, 'URL_TYPE_INVALID_URL', 'Not a well formed URL.');
  else if (!SCHEMES.includes(protocol)) {
    const scheme = protocol.slice(0, -1);
    const message = `Scheme "${scheme}" is not supported. Scheme must be one of ('http', 'https', 'discord').`;
    errors.add(path, 'URL_TYPE_INVALID_SCHEME', message);
  }
}

/** One of a guild's own by its id, or one of Unicode's by itself. */
function isEmoji(emoji: unknown): boolean {
  const { id, name } = emoji as { id?: unknown; name?: unknown };
  if (id != null) return /^\d{1,20}$/.test(String(id));
  return typeof name === 'string' && /^(\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)$/v.test(name);
}
