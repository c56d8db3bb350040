import { join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';
import { family } from './style.ts';

const files = ['Inter-Regular.ttf', 'Inter-SemiBold.ttf'].map((file) => join(import.meta.dirname, 'font', file));

/** Makes the font that comes with the plugin known, once. @throws when it cannot be read */
export function registerFonts(): void {
  if (GlobalFonts.has(family)) return;
  for (const file of files) {
    if (!GlobalFonts.registerFromPath(file, family)) throw new Error(`The font ${file} is missing or damaged.`);
  }
}
