import { type Probe, walkProbe } from '../../src/dataplane/index.ts';
import type { EndDoc, TraceDoc } from '../../src/explain/document.ts';
import { explain } from '../../src/explain/index.ts';
import type { World } from '../../src/fabric/world.ts';
import { ip } from './flannel-udp.ts';

const NETNS: Readonly<Record<string, string>> = { 'pod-a': 'default/pod-a', 'pod-b': 'default/pod-b' };
const ADDRESS: Readonly<Record<string, string>> = {
  'pod-a': '10.1.15.2',
  'pod-b': '10.1.20.2',
  'node-1': '192.168.1.11',
  'node-2': '192.168.1.12',
  internet: '203.0.113.10',
};

const endOf = (text: string): EndDoc => {
  const address = ADDRESS[text] ?? text;
  if (text.startsWith('pod-')) return { text, kind: 'pod', namespace: 'default', name: text, node: text === 'pod-a' ? 'node-1' : 'node-2', ip: address };
  if (text.startsWith('node-')) return { text, kind: 'node', name: text, ip: address };
  return { text, kind: text === 'internet' ? 'internet' : 'ip', ip: address };
};

/** Asks a question of a world made by hand. */
export const ask = (world: World, from: string, to: string, probe: Partial<Probe> = {}): TraceDoc => {
  const [a, b] = [endOf(from), endOf(to)];
  const full: Probe = { netns: NETNS[from] ?? from, dst: ip(b.ip), protocol: 'icmp', length: 84, df: true, ...probe };
  return explain({
    version: '0.0.0',
    cluster: { plugin: 'flannel', mode: 'udp, leases in etcd', proxy: 'none', sources: ['hand-made'] },
    from: a,
    to: b,
    packet: {
      protocol: full.protocol,
      ...(full.port !== undefined && { port: full.port }),
      size: full.length,
      dontFragment: full.df,
      ttl: full.ttl ?? 64,
    },
    reply: true,
    namespace: 'default',
    world,
    journeys: walkProbe(world, full, { reply: true }),
    assumptions: [],
    warnings: [],
  });
};
