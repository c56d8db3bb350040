import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Chart } from './Chart.ts';
import type { Area } from './draw.ts';
import { colours, family, size } from './style.ts';

const legendHeight = 66;

/** Draws how the messages divide into types: a legend with numbers above one bar. */
export function drawTypes(context: SKRSContext2D, { x, y, width, height }: Area, types: Chart['types']): void {
  const total = Math.max(
    1,
    types.reduce((sum, type) => sum + type.total, 0),
  );
  drawLegend(context, { x, y, width, height: legendHeight }, types, total);
  context.save();
  context.beginPath();
  context.roundRect(x, y + legendHeight, width, height - legendHeight, 14);
  context.clip();
  let left = x;
  for (const [index, { total: messages }] of types.entries()) {
    const part = Math.round((width * messages) / total);
    context.fillStyle = colours.types[index] ?? colours.label;
    context.fillRect(left, y + legendHeight, part, height - legendHeight);
    left += part;
  }
  context.restore();
}

// One entry after the other, all of them smaller where there are many or large numbers.
function drawLegend(context: SKRSContext2D, area: Area, types: Chart['types'], total: number): void {
  const [square, gap] = [36, 64];
  const [bold, plain] = [`600 ${size.title}px ${family}`, `400 ${size.text}px ${family}`];
  const measure = (font: string, text: string): number => {
    context.font = font;
    return context.measureText(text).width;
  };
  const entries = types.map(({ label, total: messages }) => {
    const [text, share] = [`${label} ${messages.toLocaleString('en-US')}`, percent(messages / total)];
    const textWidth = measure(bold, text);
    return { text, share, textWidth, width: square + 16 + textWidth + 16 + measure(plain, share) };
  });
  const width = entries.reduce((sum, entry) => sum + entry.width + gap, -gap);
  context.save();
  context.translate(area.x, area.y + 24);
  context.scale(Math.min(1, area.width / width), Math.min(1, area.width / width));
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  let left = 0;
  for (const [index, entry] of entries.entries()) {
    context.fillStyle = colours.types[index] ?? colours.label;
    context.beginPath();
    context.roundRect(left, -square / 2, square, square, 8);
    context.fill();
    context.fillStyle = colours.text;
    context.font = bold;
    context.fillText(entry.text, left + square + 16, 0);
    context.fillStyle = colours.label;
    context.font = plain;
    context.fillText(entry.share, left + square + 16 + entry.textWidth + 16, 0);
    left += entry.width + gap;
  }
  context.restore();
}

const percent = (share: number): string => share.toLocaleString('en-US', { style: 'percent' });
