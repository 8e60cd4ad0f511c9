import fc from 'fast-check';
import { formatIp } from '../../src/net/ip.ts';
import { anyCluster, anyQuestion, SETTINGS } from '../support/clusters.ts';
import { lab, type Question, type Scenario } from './lab.ts';
import { installable, plannedModel } from './worlds/planned.ts';

// Generated clusters, built by their plugins. K8SNET_SEED repeats a run; K8SNET_RANDOM says how many.
const seed = Number(process.env['K8SNET_SEED'] ?? Date.now() % 1_000_000);
const count = Math.ceil(Number(process.env['K8SNET_RANDOM'] ?? 20) / 2);
const PROBES = 12;

const OUTSIDE = 0xcb00710a;

// Their route tables are no stand-in's.
const ELSEWHERE = new Set(['azure', 'aws']);

type Asked = Parameters<Parameters<ReturnType<typeof anyQuestion>['map']>[0]>[0];

const questionOf = ({ netns, dst, protocol, port, length, df, ttl }: Asked): Question => {
  const outside = dst === OUTSIDE;
  // Half of the ports that are drawn are the tunnels' own, where no program can listen.
  const open = port > 8000 ? port + 100 : port;
  // Whatever answers from outside sends one packet.
  const size = Math.min(length - 28, outside ? 1200 : 8000);
  return {
    from: netns,
    to: formatIp(dst),
    ...(protocol === 'tcp' && { tcp: open }),
    ...(protocol === 'udp' && { udp: open }),
    ...(protocol !== 'tcp' && { size, df }),
    ttl,
  };
};

const drawn = fc.sample(
  anyCluster
    // Weave's overlay is no kernel's: its clusters are in weave.test.ts, with a stand-in.
    .filter(({ plugin, pods }) => plugin.name !== 'weave' && !ELSEWHERE.has(`${plugin.settings['cloud']}`) && pods.length > 0)
    // One MTU on all of a segment: what a NIC does with longer frames is the NIC's own. The stand-in for a cloud is a router of 1500 bytes that takes one
    // off the TTL.
    .map((cluster) => {
      const cloud = cluster.plugin.name === 'azure-cni';
      const mtu = cloud ? 1500 : Math.min(cluster.nodes[0]!.mtu ?? 1500, 1500);
      const { place } = cluster.nodes[0]!;
      return { ...cluster, nodes: cluster.nodes.map((node) => ({ ...node, mtu })), ...(cloud && { fabric: { ttlDecrement: true, place } }) };
    }),
  { numRuns: 4 * count, seed },
);
const clusters = await installable(drawn, count, true);

console.log(`planned clusters: K8SNET_SEED=${seed} K8SNET_RANDOM=${count * 2}, of ${SETTINGS.length} kinds`);
for (const [i, cluster] of clusters.entries()) {
  // Behind a cloud's stand-in there is no world, and unlike a cloud it tells of a TTL that ends there.
  const cloud = cluster.plugin.name === 'azure-cni';
  const asked = anyQuestion(cluster).filter(({ dst, ttl }) => !cloud || (dst !== OUTSIDE && ttl > 2));
  const scenarios = fc.sample(asked, { numRuns: PROBES, seed: seed + i }).map((asked): Scenario => {
    const question = questionOf(asked);
    return [JSON.stringify(question), question];
  });
  const { name, settings } = cluster.plugin;
  lab(`seed ${seed}, ${i}: ${name} ${JSON.stringify(settings)}`, () => plannedModel(cluster), scenarios);
}
