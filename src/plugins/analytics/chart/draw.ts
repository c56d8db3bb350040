import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Chart } from './Chart.ts';
import { drawBars } from './drawBars.ts';
import { drawTypes } from './drawTypes.ts';
import { registerFonts } from './registerFonts.ts';
import { colours, family, size } from './style.ts';

/** A part of the picture, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

// One for all pictures: the memory of each is not the collector's, who would be in no hurry to give it back.
const canvas = createCanvas(size.width, size.height);

/** Draws the picture as a PNG. @throws when the font is missing: without it no text would be drawn, and nobody told */
export function draw({ types, days, hours }: Chart): Buffer {
  registerFonts();
  const { width, height, margin, gap } = size;
  const context = canvas.getContext('2d');
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  const row = (y: number, rowHeight: number): Area => ({ x: margin, y, width: width - 2 * margin, height: rowHeight });
  const top = 116;
  const barsHeight = (height - 2 * margin - top - 2 * gap) / 2;
  drawTypes(context, row(margin, top), types);
  drawPanel(context, row(margin + top + gap, barsHeight), 'Messages by day', (area) =>
    drawBars(context, area, days, 'newest'),
  );
  drawPanel(context, row(margin + top + barsHeight + 2 * gap, barsHeight), 'Messages by hour of the day', (area) =>
    drawBars(context, area, hours, 'first'),
  );
  return canvas.toBuffer('image/png');
}

function drawPanel(context: SKRSContext2D, area: Area, title: string, fill: (inside: Area) => void): void {
  const { padding, title: textSize, text } = size;
  context.fillStyle = colours.panel;
  context.beginPath();
  context.roundRect(area.x, area.y, area.width, area.height, 20);
  context.fill();
  context.textBaseline = 'top';
  context.textAlign = 'left';
  context.fillStyle = colours.text;
  context.font = `600 ${textSize}px ${family}`;
  context.fillText(title, area.x + padding, area.y + 24);
  context.textAlign = 'right';
  context.fillStyle = colours.label;
  context.font = `400 ${text}px ${family}`;
  context.fillText('UTC', area.x + area.width - padding, area.y + 27);
  const head = 100;
  fill({ x: area.x + padding, y: area.y + head, width: area.width - 2 * padding, height: area.height - head - 18 });
}
