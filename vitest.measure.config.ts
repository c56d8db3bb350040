import { mergeConfig } from 'vitest/config';
import faults from './vitest.faults.config.ts';

/** How quickly whole bots answer and how much memory they take under faults: figures, for a machine that does nothing else. */
const config = mergeConfig(faults, {});
export default { ...config, test: { ...config.test, include: ['tests/faults/**/*.measure.ts'] } };
