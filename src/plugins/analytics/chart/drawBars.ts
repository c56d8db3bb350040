import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Bar } from './Chart.ts';
import type { Area } from './draw.ts';
import { scale } from './scale.ts';
import { colours, family, size } from './style.ts';

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const total = ({ counts }: Bar): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * Draws bars, stacked by type, with a scale at their left. Below there are as many labels as there is room for, at the
 * same distance from each other, and always one at `labelled`.
 */
export function drawBars(context: SKRSContext2D, area: Area, bars: readonly Bar[], labelled: 'first' | 'newest'): void {
  const lines = scale(Math.max(...bars.map(total)));
  const highest = lines.at(-1) ?? 1;
  context.font = `400 ${size.text}px ${family}`;
  const scaleWidth = Math.max(...lines.map((line) => context.measureText(compact.format(line)).width)) + 20;
  const plot = { x: area.x + scaleWidth, y: area.y, width: area.width - scaleWidth, height: area.height - 62 };
  const heightOf = (count: number): number => Math.round((plot.height * count) / highest);
  const bottom = plot.y + plot.height;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const line of lines) {
    context.fillStyle = colours.line;
    context.fillRect(plot.x, bottom - heightOf(line) - 1, plot.width, 2);
    context.fillStyle = colours.label;
    context.fillText(compact.format(line), plot.x - 20, bottom - heightOf(line));
  }
  const slot = plot.width / bars.length;
  const width = Math.min(slot * 0.72, 96);
  for (const [index, bar] of bars.entries()) {
    if (total(bar) === 0) continue;
    const x = plot.x + slot * (index + 0.5) - width / 2;
    // However small, a bar can be seen.
    drawBar(context, { x, y: bottom, width, height: Math.max(4, heightOf(total(bar))) }, bar);
  }
  drawLabels(context, { ...plot, y: bottom + 36 }, bars, labelled);
}

// From `y` upwards.
function drawBar(context: SKRSContext2D, { x, y, width, height }: Area, bar: Bar): void {
  const radius = Math.min(8, width / 3, height);
  context.save();
  context.beginPath();
  context.roundRect(x, y - height, width, height, [radius, radius, 0, 0]);
  context.clip();
  let bottom = y;
  for (const [index, count] of bar.counts.entries()) {
    const part = Math.round((height * count) / total(bar));
    context.fillStyle = colours.types[index] ?? colours.label;
    context.fillRect(x, bottom - part, width, part);
    bottom -= part;
  }
  context.restore();
}

function drawLabels(context: SKRSContext2D, { x, y, width }: Area, bars: readonly Bar[], labelled: 'first' | 'newest') {
  const slot = width / bars.length;
  const widest = Math.max(...bars.map(({ label }) => context.measureText(label).width));
  const overhang = Math.max(0, (widest - slot) / 2);
  const every = Math.ceil((widest + overhang + 24) / slot);
  context.textAlign = 'center';
  context.fillStyle = colours.label;
  for (const [index, { label }] of bars.entries()) {
    const distance = labelled === 'first' ? index : bars.length - 1 - index;
    if (distance % every !== 0) continue;
    // The last one does not stand out at the right.
    const rightmost = x + width - context.measureText(label).width / 2;
    context.fillText(label, Math.min(x + slot * (index + 0.5), rightmost), y);
  }
}
