import fc from 'fast-check';
import { expect, test } from 'vitest';
import { locate } from '../../src/load/lines.ts';

const naive = (text: string, offset: number) => {
  const before = text.slice(0, offset).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
};

test('offsets of any text, asked in any order, are where counting finds them', () => {
  const line = fc.string({ maxLength: 3 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 1300, minLength: 1, size: 'max' }), fc.array(fc.nat(), { maxLength: 10 }), (lines, offsets) => {
      const text = lines.join('\n');
      const { span } = locate('a', text);
      for (const offset of offsets.map((o) => o % (text.length + 1))) {
        const place = span(offset);
        expect([place.line, place.column]).toEqual(naive(text, offset));
      }
    }),
    { numRuns: 100 },
  );
});
