import { test } from 'vitest';
import type { Netns } from '../../src/linux/netns.ts';
import { addPods, handGateway, handNode, handWorld, ip, net } from './hand.ts';
import { interimSetup } from './interim.ts';
import { observe, tapsOf } from './observe.ts';

const cluster = () => {
  const list = [1, 2].flatMap((n) => {
    const node = handNode(`n${n}`, `192.168.1.1${n}/24`, '192.168.1.1');
    const peer = 3 - n;
    node.addLink({ kind: 'ipip', ifname: 'flannel.ipip', mtu: 1480, up: true, noarp: true, local: ip(`192.168.1.1${n}`), ttl: 0, pmtudisc: false });
    node.addAddress('flannel.ipip', ip(`10.3.${n}.0`), 32);
    node.addRoute({ dst: net(`10.3.${peer}.0/24`), nexthops: [{ gateway: ip(`192.168.1.1${peer}`), dev: 'flannel.ipip', onlink: true }] });
    return [node, ...addPods(node, 'cni0', `10.3.${n}.1/24`, [`10.3.${n}.2`, `10.3.${n}.3`], 1480)];
  });
  const all: Netns[] = [...list, handGateway('192.168.1.1/24', '198.51.100.2/24', '198.51.100.1')];
  return {
    world: handWorld(all, [
      { name: 'lan', kind: 'switch' },
      { name: 'wan', kind: 'internet' },
    ]),
    ids: all.map(({ id }) => id),
  };
};

test('ipip in user-mode-linux', async () => {
  const ping = (from: string, dst: string, more = {}) => ({ proto: 'icmp', from, dst: ip(dst), wait: 2, ...more }) as const;
  const probes = [
    ping('n1/pod-0', '10.3.2.2'),
    ping('n1/pod-0', '10.3.2.2', { ttl: 2 }),
    ping('n1/pod-0', '10.3.2.2', { size: 1400, df: true }),
    ping('n1/pod-0', '10.3.2.2', { size: 2000 }),
    ping('n1', '10.3.2.2'),
  ];
  const nat = `*nat\n:POSTROUTING ACCEPT\n-A POSTROUTING -s 10.3.1.0/24 ! -d 10.0.0.0/8 -m comment --comment "masq" -j MASQUERADE --random-fully\nCOMMIT\n`;
  const observations = await observe('uml', cluster(), probes, { kernel: 'uml', setup: interimSetup({ n1: nat }) });
  for (const observation of observations) console.log(`## ${JSON.stringify(observation.outcome)}\n${tapsOf(observation, 'n1', 'n2', 'n2/pod-0')}`);
});
