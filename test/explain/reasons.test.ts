import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainCode } from '../../src/explain/code.ts';
import { reasonCodes, reasonDoc } from '../../src/explain/reasons.ts';

const src = join(import.meta.dirname, '../../src');

/** Words in capitals that are no codes of ours: errors of Node and TLS, signs of lab/, environment variables, link flags. */
const NOT_CODES = /^(FORCE_COLOR|NO_COLOR|K8SNET_\w+|LOWER_UP|END_OF_INPUT)$/;
/** What the kernel calls a drop, which stands beside our code. */
const KERNEL = /^(IP_\w+|NEIGH_FAILED|DEV_READY|PKT_TOO_BIG|NETFILTER_DROP|NO_SOCKET|XFRM_POLICY|OTHERHOST)$/;

const codesOf = (text: string): string[] => [
  ...[...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(([, code = '']) => code),
  ...[...text.matchAll(/\bcode: '([A-Z][A-Z0-9_]*)'/g)].map(([, code = '']) => code),
];

const used = new Set(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^(explain\/reasons|load\/etcd|lab)\b/.test(path))
    .flatMap((path) => codesOf(readFileSync(join(src, path), 'utf8')))
    .filter((code) => !NOT_CODES.test(code) && !KERNEL.test(code)),
);

describe('codes', () => {
  test('many are found in the sources', () => expect(used.size).toBeGreaterThan(80));

  test.for([...used].sort())('%s has words', (code) => expect(reasonCodes()).toContain(code));

  test.for(reasonCodes())('%s is written as people read it', (code) => {
    const doc = explainCode(code)!;
    expect(doc.summary).toMatch(/^([a-z]|Services).*[^.]$/s);
    expect(doc.paragraphs.length).toBeGreaterThan(0);
    for (const paragraph of doc.paragraphs) expect(paragraph).toMatch(/^[A-Z`a-z].*[.:]$/s);
    if (doc.hint !== undefined) expect(doc.hint).not.toMatch(/\.$/);
  });
});

test('a code without words still reads as words', () => {
  expect(reasonDoc({ code: 'NEW_THING', detail: 'x' })).toEqual({ code: 'NEW_THING', summary: 'new thing', detail: 'x' });
});
