import { expect, test } from 'vitest';
import flannel from '../../src/plugins/flannel/index.ts';
import kubenet from '../../src/plugins/kubenet/index.ts';
import { SCHEMA_NAMES, schemaOf } from '../../src/schema.ts';

test.for(SCHEMA_NAMES)('fixtures/schema/%s.schema.json is what the program prints', async (name) => {
  const text = `${JSON.stringify(schemaOf(name, [flannel, kubenet]), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`../../fixtures/schema/${name}.schema.json`);
});
