import { expect, test } from 'vitest';
import { schemas } from '../../src/schemas.ts';

const all = await schemas();

// The cluster file's is held by test/load/jsonschema.test.ts.
test.for(Object.keys(all).filter((name) => name !== 'cluster'))('fixtures/schema/%s.schema.json is what the program prints', async (name) => {
  const text = `${JSON.stringify(all[name], null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`../../fixtures/schema/${name}.schema.json`);
});
