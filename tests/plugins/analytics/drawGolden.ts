import { writeFileSync } from 'node:fs';
import { draw } from '../../../src/plugins/analytics/chart/draw.ts';
import { exampleChart } from './exampleChart.ts';

// Draws the picture that the chart is compared with anew, after the look was changed on purpose.
writeFileSync(new URL('./golden/messages.png', import.meta.url), draw(exampleChart));
