import { expect, test } from 'vitest';
import { schemas } from '../../src/schemas.ts';

const all = await schemas();

test.for(Object.keys(all))('fixtures/schema/%s.schema.json is what the program prints', async (name) => {
  const text = `${JSON.stringify(all[name], null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`../../fixtures/schema/${name}.schema.json`);
});
