import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLines, encodeLine } from '../../../src/core/journal/line.ts';

const records = fc.array(fc.jsonValue());
const decode = (bytes: Uint8Array) => [...decodeLines(Buffer.from(bytes))];

describe('decodeLines', () => {
  it('gives back what encodeLine wrote', () => {
    fc.assert(
      fc.property(records, (all) => {
        const lines = decode(Buffer.from(all.map(encodeLine).join('')));
        expect(lines.map(({ record }) => record)).toEqual(all.map((record) => JSON.parse(JSON.stringify(record))));
      }),
    );
  });

  it('accounts for every byte, whatever stands there', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom('\n', '00000000 0 ', '00000000 9999999999 {}\n', '12345678 2 {}\n')
        .map((text) => Buffer.from(text)),
      records.map((all) => Buffer.from(all.map(encodeLine).join(''))),
    );
    fc.assert(
      fc.property(fc.array(anything), (pieces) => {
        const bytes = Buffer.concat(pieces);
        let offset = 0;
        for (const line of decode(bytes)) {
          expect(line.offset).toBe(offset);
          expect(line.length).toBeGreaterThan(0);
          offset += line.length;
        }
        expect(offset).toBe(bytes.length);
      }),
    );
  });

  it('loses one record to one wrong byte', () => {
    const three = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(three, fc.nat(), fc.integer({ min: 1, max: 255 }), ([a, b, c], place, flip) => {
        const [before, line, after] = [a, b, c].map((text) => Buffer.from(encodeLine({ text })));
        if (!before || !line || !after) throw new Error('There are three.');
        const index = place % line.length;
        line[index] = (line[index] ?? 0) ^ flip;
        const found = decode(Buffer.concat([before, line, after])).flatMap(({ record }) =>
          record === undefined ? [] : [record],
        );
        expect(found).toContainEqual({ text: a });
        expect(found).toContainEqual({ text: c });
        expect(found.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 1000 },
    );
  });
});
