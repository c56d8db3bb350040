import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberTable } from '../../../src/core/conversation/NumberTable.ts';

it('gives back what was added, row by row, and finds the first row above a number', () => {
  const rows = fc.array(fc.tuple(fc.nat(3), fc.nat(2 ** 30)), { maxLength: 1_000, size: 'max' });
  fc.assert(
    fc.property(rows, fc.nat(2_000), (steps, number) => {
      const table = new NumberTable(2);
      let above = 0;
      const added = steps.map(([step, other]) => {
        above += step;
        table.add(above, other);
        return [above, other];
      });
      const kept = Array.from({ length: table.length }, (_, row) => [table.at(row, 0), table.at(row, 1)]);
      expect(kept).toEqual(added);
      const first = added.findIndex(([rising = 0]) => rising > number);
      expect(table.firstAbove(0, number)).toBe(first < 0 ? added.length : first);
    }),
  );
});
