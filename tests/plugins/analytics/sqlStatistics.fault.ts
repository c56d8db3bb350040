import { it } from 'vitest';
import { openEmbedded } from '../../support/repositories.ts';
import { takeInManyRows } from './takeInManyRows.ts';

it('the sums of the statistics in the embedded database take in a statement of very many rows', () =>
  takeInManyRows(openEmbedded));
