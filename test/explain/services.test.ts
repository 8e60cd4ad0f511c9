import { expect, test } from 'vitest';
import type { StepDoc, TraceDoc } from '../../src/explain/document.ts';
import { k8snet } from '../cli/run.ts';

// What a trace says of kube-proxy's decisions, beside the rules themselves: for whom they were made, and where a live cluster shows them.

const docOf = async (scenario: string, question: string): Promise<TraceDoc> =>
  JSON.parse((await k8snet(`trace ${question} -f fixtures/services/${scenario}/cluster.yaml -o json`)).out);

/** The steps on one node that pass or change the packet by a rule, in order. */
const stepsOn = (doc: TraceDoc, node: string, kinds: readonly string[], trace = '1'): readonly StepDoc[] =>
  doc.traces
    .filter(({ id }) => id === trace)
    .flatMap(({ hops }) => hops.filter(({ host }) => host === node).flatMap(({ steps }) => steps))
    .filter(({ kind }) => kinds.includes(kind));

type Said = { readonly note: string; readonly source?: string; readonly chains?: readonly string[]; readonly verify: readonly string[] };
const slices = (name: string) => `kubectl get endpointslices -n default -l kubernetes.io/service-name=${name}`;

test.for<[what: string, scenario: string, question: string, node: string, kind: string, said: Said]>([
  [
    'iptables mode',
    'cluster-ip',
    'web svc/db --backend db-1',
    'node-1',
    'translate',
    {
      note: 'kube-proxy serves the Service default/db at 10.96.0.20:5432, and sends this connection to its endpoint 10.244.1.2:5432.',
      source: 'Service default/db, fixtures/services/cluster-ip/cluster.yaml:18',
      chains: ['KUBE-SERVICES', 'KUBE-SVC-2KHWPRMFJERXUJE3', 'KUBE-SEP-YJ4TI24TSYH6CTJA'],
      verify: ['iptables -t nat -S KUBE-SVC-2KHWPRMFJERXUJE3', 'iptables -t nat -S KUBE-SEP-YJ4TI24TSYH6CTJA', slices('db'), 'conntrack -L -d 10.96.0.20'],
    },
  ],
  [
    'nftables mode',
    'nftables',
    'web svc/db --backend db-1',
    'node-1',
    'translate',
    {
      note: 'kube-proxy serves the Service default/db at 10.96.0.20:5432, and sends this connection to its endpoint 10.244.1.2:5432.',
      source: 'Service default/db, fixtures/services/nftables/cluster.yaml:16',
      chains: ['services', 'service-L26PKNIO-default/db/tcp/'],
      verify: [
        'nft list map ip kube-proxy service-ips',
        'nft list chain ip kube-proxy service-L26PKNIO-default/db/tcp/',
        slices('db'),
        'conntrack -L -d 10.96.0.20',
      ],
    },
  ],
  [
    'ipvs mode',
    'ipvs',
    'web svc/db --backend db-1',
    'node-1',
    'translate',
    {
      note: 'ip_vs takes the packet for a virtual server and sends it to one of 2 real servers: the servers take turns, so which one it is depends on the connections before.',
      source: 'Service default/db, fixtures/services/ipvs/cluster.yaml:17',
      verify: ['ipvsadm -Ln -t 10.96.0.20:5432', slices('db')],
    },
  ],
  [
    'IPv6',
    'dual-stack',
    'web svc/api -6',
    'node-1',
    'translate',
    {
      note: 'kube-proxy serves the Service default/api at [fd00:96::22]:80, and sends this connection to its endpoint [fd00:244:0:1::2]:8080.',
      source: 'Service default/api, fixtures/services/dual-stack/cluster.yaml:18',
      chains: ['KUBE-SERVICES', 'KUBE-SVC-BL4VTDSJDQ5TV32O', 'KUBE-SEP-DVCY6NZ6CBJUE66B'],
      verify: ['ip6tables -t nat -S KUBE-SVC-BL4VTDSJDQ5TV32O', 'ip6tables -t nat -S KUBE-SEP-DVCY6NZ6CBJUE66B', slices('api'), 'conntrack -L -d fd00:96::22'],
    },
  ],
  [
    'no endpoints',
    'no-endpoints',
    'web svc/db',
    'node-1',
    'filter',
    {
      note: 'In chain FORWARD of table filter the rule "-A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m tcp --dport 5432 -j REJECT --reject-with icmp-port-unreachable" refuses it; kube-proxy made it for the Service default/db.',
      source: 'Service default/db, fixtures/services/no-endpoints/cluster.yaml:17',
      chains: ['KUBE-SERVICES'],
      verify: ['iptables -t filter -S FORWARD', 'iptables -t filter -S KUBE-SERVICES', slices('db')],
    },
  ],
  [
    'no endpoints in nftables mode: the entry of the map says more than the rule that rejects',
    'no-endpoints',
    'web svc/db --proxy nftables',
    'node-1',
    'filter',
    {
      note: 'In chain filter-forward of table kube-proxy the rule "element ip kube-proxy no-endpoint-services { 10.96.0.20 . tcp . 5432 : goto reject-chain }" refuses it; kube-proxy made it for the Service default/db.',
      source: 'Service default/db, fixtures/services/no-endpoints/cluster.yaml:17',
      verify: ['nft list map ip kube-proxy no-endpoint-services', slices('db')],
    },
  ],
])('%s', async ([, scenario, question, node, kind, said]) => {
  const steps = stepsOn(await docOf(scenario, question), node, [kind]);
  expect(steps.find(({ source }) => source !== undefined)).toMatchObject(said);
});

test.for<[what: string, scenario: string, question: string, node: string, rule: string]>([
  ['comes to a nodePort', 'node-port', 'internet node/node-2:30080', 'node-2', '-A KUBE-EXT-PFINMTQ5Y2TT4XZK -j KUBE-MARK-MASQ'],
  ['comes to a nodePort, in nftables mode', 'node-port', 'internet node/node-2:30080 --proxy nftables', 'node-2', 'meta mark set meta mark | 0x00004000'],
  ['goes back to its sender', 'hairpin', 'api-0 svc/api --backend api-0', 'node-1', '-A KUBE-SEP-PZYQBEKACBAHKJAJ -s 10.244.0.2/32 -j KUBE-MARK-MASQ'],
  [
    'comes from a node',
    'cluster-ip',
    'node/node-1 svc/db --backend db-0',
    'node-1',
    '-A KUBE-SVC-2KHWPRMFJERXUJE3 ! -s 10.244.0.0/16 -d 10.96.0.20/32 -p tcp -m tcp --dport 5432 -j KUBE-MARK-MASQ',
  ],
])('why the source changes: the packet %s', async ([, scenario, question, node, rule]) => {
  const step = stepsOn(await docOf(scenario, question), node, ['translate']).find(({ hook }) => hook === 'postrouting');
  expect(step?.note.endsWith(`kube-proxy asked for it with a mark, by the rule "${rule}".`)).toBe(true);
  expect(step?.because[0]?.origin).toMatchObject({ plugin: 'kube-proxy', kind: 'Service' });
});

test('a masquerade that nobody of kube-proxy asked for is not taken for one of its own', async () => {
  const [step] = stepsOn(await docOf('wrong-port', 'web svc/api:8080'), 'node-1', ['translate']);
  expect(step?.because.map(({ origin }) => origin?.plugin)).toEqual(['flannel', 'flannel']);
  expect(step?.note).not.toContain('kube-proxy');
});

test('what is undone for the answer is found by the addresses of the question', async () => {
  const doc = await docOf('node-port', 'internet node/node-2:30080');
  const undone = stepsOn(doc, 'node-2', ['translate'], '1.reply').map(({ brief, verify }) => [brief, verify]);
  expect(undone).toEqual([
    ['source NAT undone 192.168.1.12 -> 203.0.113.10', ['conntrack -L -s 203.0.113.10']],
    ['destination NAT undone 10.244.0.2:8080 -> 192.168.1.12:30080', ['conntrack -L -d 192.168.1.12']],
  ]);
});

test('an address on kube-ipvs0 is one of the node', async () => {
  const [route] = stepsOn(await docOf('ipvs', 'web svc/db --backend db-0'), 'node-1', ['route']);
  expect(route?.note).toBe(
    '10.96.0.20 is on kube-ipvs0 of node-1: kube-proxy puts the addresses of Services there, so that the packet stays here and ip_vs gets to see it.',
  );
});

test('ip_vs comes after the rule that marks', async () => {
  const [skip] = stepsOn(await docOf('node-port', 'internet node/node-1:30080 --proxy ipvs'), 'node-1', ['skip']);
  expect(skip?.note).toBe(
    'The destination 192.168.1.11 stays as it is: no rule rewrites it. kube-proxy marks the packet, which asks for a masquerade on its way out.',
  );
});
