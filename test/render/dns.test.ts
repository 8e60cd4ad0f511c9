import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dnsSchema } from '../../src/explain/schema-dns.ts';
import { dnsDoc } from '../../src/names.ts';
import { createPalette } from '../../src/render/palette.ts';
import { dnsText } from '../../src/render/text/dns.ts';
import type { Style } from '../../src/render/text/style.ts';
import { traceText } from '../../src/render/text/trace.ts';
import type { NameQuestion } from '../../src/services/dns/resolution.ts';
import { resolveName } from '../../src/services/dns/resolve.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { trace } from '../../src/trace.ts';
import { shop } from '../services/dns/shop.ts';
import { ip, pod, slice } from '../services/support.ts';

const client = { pod: pod({ name: 'client', namespace: 'web', ips: [ip('10.1.3.5')] }) };
const file = join(import.meta.dirname, '../../fixtures/flannel/dual-stack/cluster.yaml');
const LEVELS = ['brief', 'default', 'verbose'] as const;
const palette = createPalette(0);

const docOf = (name: string, over: Partial<NameQuestion> = {}) => {
  const cluster = over.cluster ?? shop();
  return dnsDoc(resolveName({ cluster, table: createServiceTable(cluster), client, name, ...over }), 'web');
};

const lines = (name: string, level: Style['level'] = 'default', over: Partial<NameQuestion> = {}) => dnsText(docOf(name, over), { level, width: 100, palette });

test.for<[name: string, level: Style['level'], want: readonly string[]]>([
  ['payments.shop', 'brief', ['  payments.shop is the Service shop/payments, 10.96.0.20']],
  [
    'payments.shop',
    'default',
    [
      '  payments.shop.web.svc.cluster.local  A AAAA  NXDOMAIN',
      '  payments.shop.svc.cluster.local      A       10.96.0.20',
      '  payments.shop.svc.cluster.local      AAAA    NODATA',
      '  payments.shop is the Service shop/payments, 10.96.0.20',
    ],
  ],
  [
    'payments.shop',
    'verbose',
    [
      '  nameserver  10.96.0.10   (dnsPolicy ClusterFirst)',
      '  search      web.svc.cluster.local svc.cluster.local cluster.local',
      '  options     ndots:5',
      '  payments.shop.web.svc.cluster.local  A AAAA  NXDOMAIN',
      '    namespace web has no Service shop',
      '  payments.shop.svc.cluster.local      A       10.96.0.20',
      '    cluster.yaml:1',
      '  payments.shop.svc.cluster.local      AAAA    NODATA',
      '    Service payments has no IPv6 address   (cluster.yaml:1)',
      '  payments.shop is the Service shop/payments, 10.96.0.20',
    ],
  ],
  [
    'payments.svc',
    'default',
    [
      '  payments.svc.web.svc.cluster.local  A AAAA  NXDOMAIN',
      '  payments.svc.svc.cluster.local      A AAAA  NXDOMAIN',
      '  payments.svc.cluster.local          A AAAA  NXDOMAIN',
      '  payments.svc                        A AAAA  FORWARDED',
      '  payments.svc resolves to nothing: payments.svc is a Service payments in a namespace svc, which',
      '  does not exist; did you mean payments.shop or svc/payments.shop?',
    ],
  ],
  ['db.shop', 'brief', ['  db.shop is 2 endpoints of the Service shop/db: shop/db-0 10.1.1.10, shop/db-1 10.1.2.11']],
  ['db-0.db.shop', 'brief', ['  db-0.db.shop is one endpoint of the Service shop/db: shop/db-0 10.1.1.10']],
  ['_pg._tcp.db.shop', 'brief', ['  _pg._tcp.db.shop is 2 endpoints of the Service shop/db: shop/db-0 10.1.1.10:5432, shop/db-1', '  10.1.2.11:5432']],
  ['_http._tcp.payments.shop', 'brief', ['  _http._tcp.payments.shop is the Service shop/payments, 10.96.0.20 port 80']],
  ['ext.shop', 'brief', ['  ext.shop is ext.example.com, a name outside of the cluster: what it resolves to is not known']],
  ['www.example.com', 'brief', ['  www.example.com is a name outside of the cluster: what it resolves to is not known']],
  ['10-1-9-9.web.pod', 'brief', ['  10-1-9-9.web.pod is the address of a pod, 10.1.9.9']],
  ['client', 'default', ['  client  A  10.1.3.5', '  client is 10.1.3.5']],
  ['10.96.0.20', 'default', ['  10.96.0.20']],
])('%s, %s', ([name, level, want]) => expect(lines(name, level)).toEqual(want));

test('a trace shows it between the question and the way', async () => {
  const traced = await trace({ from: 'a', to: 'b', namespace: 'default', dontFragment: true, reply: false }, { files: [file] });
  if (!traced.ok) throw Error(traced.problems.map(({ message }) => message).join());
  const style = { level: 'brief', width: 100, palette } as const;
  const [who, what, ...rest] = traceText(traced.doc, style);
  expect(traceText({ ...traced.doc, dns: docOf('payments.shop') }, style)).toEqual([
    who,
    what,
    '',
    '  payments.shop is the Service shop/payments, 10.96.0.20',
    ...rest,
  ]);
});

const many = shop({
  slices: [
    slice({
      namespace: 'shop',
      service: 'db',
      ports: [],
      endpoints: [1, 2, 3, 4, 5, 6, 7].map((i) => ({ addresses: [ip(`192.0.2.${i}`)], ready: true, serving: true, terminating: false })),
    }),
  ],
});

test('of many endpoints the first are shown', () => {
  const over = { cluster: many, family: 4 } as const;
  expect(lines('db.shop', 'brief', over)).toEqual([
    '  db.shop is 7 endpoints of the Service shop/db: 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, and 3',
    '  more',
  ]);
  expect(lines('db.shop', 'verbose', over).join(' ')).toContain('192.0.2.7');
});

const LONG = 'a-service-with-quite-a-long-name.and-a-namespace-with-one-too-of-course.svc.cluster.local';

test('a name that is long stands alone, and no line is wider than 100', () => {
  expect(lines(LONG)).toContain(`  ${LONG}`);
  for (const name of [LONG, 'payments.svc', 'db.shop', 'ext.shop', 'payments.shop.svc.cluster.locl', 'db-7.db.shop'])
    for (const level of LEVELS)
      expect(
        lines(name, level).filter((line) => line.length > 100 || line !== line.trimEnd()),
        `${name} ${level}`,
      ).toEqual([]);
});

test.for([
  'payments.shop',
  'db.shop',
  '_pg._tcp.db.shop',
  '_http._tcp.payments.shop',
  'ext.shop',
  '10-1-9-9.web.pod',
  'client',
  'payments.svc',
  '10.96.0.20',
  'dual.shop',
])('%s as a document is as its schema says', (name) => {
  const doc = docOf(name);
  expect(dnsSchema.parse(JSON.parse(JSON.stringify(doc)))).toEqual(doc);
});
