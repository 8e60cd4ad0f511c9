import fc from 'fast-check';
import type { ProxyMode } from '../../src/model/service.ts';
import { formatIp } from '../../src/net/ip.ts';
import { anyCluster } from '../support/clusters.ts';
import { anyServiceQuestion, withAnyServices } from '../support/services.ts';
import { lab, type Scenario } from './lab.ts';
import { installable, plannedModel } from './worlds/planned.ts';

// Generated Services on generated clusters. K8SNET_SEED repeats a run; K8SNET_RANDOM says how many, K8SNET_MODE of which mode alone.
const seed = Number(process.env['K8SNET_SEED'] ?? Date.now() % 1_000_000);
const count = Math.ceil(Number(process.env['K8SNET_RANDOM'] ?? 10) / 2);
const PROBES = 14;
// ip_vs is a module that the kernels of many machines lack. User-mode-linux has it, but no nftables for IPv4, and takes its time.
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'iptables', 'nftables', 'ipvs'];
const only = MODES.find((mode) => mode === process.env['K8SNET_MODE']);
const modeOf = (i: number, settings: Readonly<Record<string, unknown>>): ProxyMode => {
  const mode = only ?? MODES[i % MODES.length] ?? 'iptables';
  return mode === 'ipvs' && settings['nftables'] === true ? 'iptables' : mode;
};
const uml = { kernel: 'uml', commands: ['ipvsadm'] } as const;

const drawn = fc.sample(
  anyCluster
    // Weave's overlay is no kernel's: its clusters are in weave.test.ts, with a stand-in.
    .filter(({ plugin, pods, nodes }) => plugin.name !== 'weave' && pods.length > 1 && nodes.length > 1)
    // One MTU on all of a segment: what a NIC does with longer frames is the NIC's own.
    .map((cluster) => ({ ...cluster, nodes: cluster.nodes.map((node) => ({ ...node, mtu: 1500 })) })),
  { numRuns: 4 * count, seed },
);
const clusters = await installable(drawn, count, false);

console.log(`random Services: K8SNET_SEED=${seed} K8SNET_RANDOM=${count * 2}`);
for (const [i, bare] of clusters.entries()) {
  const mode = modeOf(i, bare.plugin.settings);
  const [cluster] = fc.sample(withAnyServices(bare, mode), { numRuns: 1, seed: seed + i });
  if (!cluster) throw new Error('nothing drawn');
  const scenarios = fc.sample(anyServiceQuestion(cluster), { numRuns: PROBES, seed: seed + i }).map(({ from, to, protocol, port }): Scenario => {
    const question = { from, to: formatIp(to), [protocol]: port, ...(protocol === 'udp' && { size: 20 }) };
    return [JSON.stringify(question), question];
  });
  const { name, settings } = cluster.plugin;
  lab(`seed ${seed}, ${i}: ${mode}, ${name} ${JSON.stringify(settings)}`, () => plannedModel(cluster, mode), scenarios, mode === 'ipvs' ? uml : {});
}
