import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Packet } from '../../src/dataplane/packet.ts';
import type { Seen } from '../../src/lab/capture.ts';
import { planLab } from '../../src/lab/plan.ts';
import { runLab } from '../../src/lab/run.ts';
import { formatIp } from '../../src/net/ip.ts';
import { addPods, handGateway, handNode, handWorld, ip, net } from './hand.ts';
import { interimSetup } from './interim.ts';

const TOOLS = fileURLToPath(new URL('tools', import.meta.url));

const brief = (packet: Packet): string => {
  const { src, dst, ttl, length, df, l4 } = packet;
  const inner = l4.proto === 'udp' && l4.carries ? ` {${l4.carries.kind === 'vxlan' ? brief(l4.carries.frame.packet) : brief(l4.carries.packet)}}` : '';
  const kind = l4.proto === 'icmp' ? `icmp ${l4.type}/${l4.code}` : l4.proto;
  return `${formatIp(src)}>${formatIp(dst)} ${kind} ttl ${ttl} len ${length}${df ? ' df' : ''}${inner}`;
};
const line = (seen: Seen): string => `${seen.netns}:${seen.dev} ${seen.dir}${seen.packetType === 'other' ? ' (other)' : ''} ${brief(seen.packet)}`;

/** A12 of the reference, without netfilter. */
const vxlanWorld = () => {
  const node = (n: number) => {
    const other = 3 - n;
    const host = handNode(`node-${n}`, `192.168.1.1${n}/24`, '192.168.1.1');
    host.addLink({
      kind: 'vxlan',
      ifname: 'flannel.1',
      mtu: 1450,
      up: true,
      address: `5e:89:db:49:c6:0${n}`,
      id: 1,
      local: ip(`192.168.1.1${n}`),
      dev: 'eth0',
      port: 8472,
      learning: false,
    });
    host.addAddress('flannel.1', ip(`10.244.${n - 1}.0`), 32);
    const pods = addPods(host, 'cni0', `10.244.${n - 1}.1/24`, [`10.244.${n - 1}.2`, `10.244.${n - 1}.3`], 1450);
    host.addRoute({ dst: net(`10.244.${other - 1}.0/24`), nexthops: [{ gateway: ip(`10.244.${other - 1}.0`), dev: 'flannel.1', onlink: true }] });
    host.neighbours.push({ dst: ip(`10.244.${other - 1}.0`), dev: 'flannel.1', lladdr: `5e:89:db:49:c6:0${other}`, state: 'permanent' });
    host.fdb.push({ mac: `5e:89:db:49:c6:0${other}`, ifname: 'flannel.1', dst: ip(`192.168.1.1${other}`), state: 'permanent' });
    return [host, ...pods];
  };
  const gateway = handGateway('192.168.1.1/24', '198.51.100.2/24', '198.51.100.1');
  const list = [...node(1), ...node(2), gateway];
  return {
    world: handWorld(list, [
      { name: 'lan', kind: 'switch' },
      { name: 'wan', kind: 'internet' },
    ]),
    ids: list.map(({ id }) => id),
  };
};

test('a hand-made vxlan cluster forwards as the reference measured', async () => {
  const { world, ids } = vxlanWorld();
  const from = 'node-1/pod-0';
  const probes = [
    { proto: 'icmp', from, dst: ip('10.244.1.2') },
    { proto: 'icmp', from, dst: ip('10.244.0.3') },
    { proto: 'icmp', from, dst: ip('10.244.1.2'), ttl: 1 },
    { proto: 'icmp', from, dst: ip('10.244.1.2'), ttl: 2 },
    { proto: 'icmp', from, dst: ip('10.244.1.2'), ttl: 3 },
    { proto: 'icmp', from, dst: ip('10.244.1.2'), size: 1422, df: true },
    { proto: 'icmp', from, dst: ip('10.244.1.2'), size: 1423, df: true },
    { proto: 'udp', from, dst: ip('10.244.1.2'), sport: 4000, dport: 5000, size: 10 },
    { proto: 'tcp', from, dst: ip('10.244.1.2'), sport: 4001, dport: 5000 },
    { proto: 'udp', from, dst: ip('10.244.1.2'), sport: 4002, dport: 5001, size: 10 },
    { proto: 'tcp', from, dst: ip('10.244.1.2'), sport: 4003, dport: 5001 },
    { proto: 'icmp', from, dst: ip('10.244.0.99') },
    { proto: 'icmp', from: 'node-1', dst: ip('203.0.113.10') },
  ] as const;
  const observations = await runLab({
    tag: 'hand',
    tools: TOOLS,
    spec: {
      plan: planLab(world, ids, 'hand'),
      setup: interimSetup(),
      outside: {
        segment: 'wan',
        addresses: [
          { ip: ip('198.51.100.1'), len: 24 },
          { ip: ip('203.0.113.10'), len: 32 },
        ],
        gateways: [ip('198.51.100.2')],
        behind: [net('192.168.1.0/24')],
      },
    },
    probes,
    listeners: { 'node-2/pod-0': ['udp:5000', 'tcp:5000'] },
  });
  for (const { outcome, seen, output } of observations) console.log(JSON.stringify(outcome), output.length, `\n${seen.map(line).join('\n')}`);
  expect(observations[0]?.outcome).toEqual({ kind: 'reply', from: '10.244.1.2', ttl: 62 });
});
