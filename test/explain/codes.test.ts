import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonCodes, wordsFor } from '../../src/explain/reasons.ts';

const root = join(import.meta.dirname, '../../src');

/** What the kernel, Node, etcd and the terminal call something; and constants. */
const FOREIGN =
  /^(E[A-Z]+|EAI_AGAIN|ERR_.*|CERT_.*|.*_CERT(_.*)?|UNABLE_TO_.*|NO_COLOR|FORCE_COLOR|K8SNET_.*|ETCD_(USERNAME|PASSWORD)|IP_.*|NETFILTER_.*|NEIGH_FAILED|PKT_TOO_BIG)$/;
/** The environment of Weave's containers. */
const WEAVE_ENV = [
  'CONN_LIMIT',
  'EXPECT_NPC',
  'EXTRA_ARGS',
  'HAIRPIN_MODE',
  'IPALLOC_INIT',
  'IPALLOC_RANGE',
  'NO_MASQ_LOCAL',
  'WEAVE_MTU',
  'WEAVE_NO_FASTDP',
  'WEAVE_PASSWORD',
  'WEAVE_TRUSTED_SUBNETS',
];
const ALSO_FOREIGN = new Set([...WEAVE_ENV, 'NO_SOCKET', 'DEV_READY', 'XFRM_POLICY', 'LOWER_UP', 'END_OF_INPUT']);

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const codesIn = (text: string): string[] => [...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(([, code = '']) => code);

test('every code in the sources has words', () => {
  const missing = sources.flatMap((file) =>
    codesIn(readFileSync(join(root, file), 'utf8'))
      .filter((code) => !FOREIGN.test(code) && !ALSO_FOREIGN.has(code) && !wordsFor(code))
      .map((code) => `${code} (${file})`),
  );
  expect([...new Set(missing)].sort()).toEqual([]);
});

test('all words are whole', () => {
  for (const code of reasonCodes()) {
    const { summary, paragraphs, causes = [], hint } = wordsFor(code)!;
    expect(summary, code).toMatch(/^[^A-Z\s].*[^.]$|^(TCP|IPv6|ARP|ICMP|Services).*[^.]$/);
    expect(paragraphs.length, code).toBeGreaterThan(0);
    for (const paragraph of paragraphs) expect(paragraph, code).toMatch(/^\S.*[.!?)]$/s);
    for (const text of [...causes, ...(hint === undefined ? [] : [hint])]) expect(text, code).toMatch(/^\S.*[^.\s]$/);
  }
});
