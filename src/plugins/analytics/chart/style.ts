/** Colours that stand out from each other for the colour-blind too, on a ground of their own: Discord's may be dark or light. */
export const colours = {
  ground: '#1e2029',
  panel: '#272a35',
  line: '#3d4150',
  text: '#f4f5f7',
  label: '#b9bfcc',
  types: ['#6ea8fe', '#ffb454', '#7bd88f'],
} as const;

/** Pixels. A phone shows it at a third of its size, so that the smallest letters are as large as Discord's own small ones. */
export const size = { width: 1200, height: 1000, margin: 28, padding: 36, gap: 24, text: 38, title: 42 } as const;

/** The family under which the fonts of this folder are registered. */
export const family = 'Inter';
