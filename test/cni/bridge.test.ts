import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../support/needs.ts';
import { cniNeeds, type Network, withNode } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 });

const hostLocal = (subnets: readonly string[], routes: readonly string[]) => ({
  type: 'host-local',
  ranges: subnets.map((subnet) => [{ subnet }]),
  routes: routes.map((dst) => ({ dst })),
});

/** What flannel's CNI plugin hands to `bridge`: flannel reference A6.1, with the delegate of flannel's own manifest. */
const flannel = (over: Readonly<Record<string, unknown>> = {}): Network => ({
  cniVersion: '0.3.1',
  name: 'cbr0',
  plugins: [
    {
      type: 'bridge',
      ipMasq: false,
      mtu: 1450,
      isGateway: true,
      hairpinMode: true,
      isDefaultGateway: true,
      ipam: hostLocal(['10.244.0.0/24'], ['10.244.0.0/16']),
      ...over,
    },
  ],
});

/** Reference C3: `CNI-` and 24 hex digits of sha512(network + container). */
const masqChain = (network: string, container: string) => `CNI-${createHash('sha512').update(`${network}${container}`).digest('hex').slice(0, 24)}`;

describeWith(cniNeeds, 'the real bridge plugin', () => {
  test("flannel's delegate: node and pod as in reference A6.1 and A12", () => {
    withNode((node) => {
      node.add('pod-a', flannel());
      node.add('pod-b', flannel());
      expect(node.readBack()).toEqual({
        links: [
          { ifname: 'cni0', kind: 'bridge', mtu: 1450 },
          { ifname: 'veth:pod-a', kind: 'veth', mtu: 1450, master: 'cni0' },
          { ifname: 'veth:pod-b', kind: 'veth', mtu: 1450, master: 'cni0' },
        ],
        addresses: ['cni0 10.244.0.1/24 global'],
        routes: ['10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1'],
        // No broadcast of 10.244.0.0: kernels of the 6 line leave it out.
        local: ['local 10.244.0.1 dev cni0 proto kernel scope host src 10.244.0.1', 'broadcast 10.244.0.255 dev cni0 proto kernel scope link src 10.244.0.1'],
        bridgePorts: [
          { ifname: 'veth:pod-a', master: 'cni0', hairpin: true, isolated: false },
          { ifname: 'veth:pod-b', master: 'cni0', hairpin: true, isolated: false },
        ],
        iptables: [],
      });
      expect(node.readBack('pod-a')).toEqual({
        links: [{ ifname: 'eth0', kind: 'veth', mtu: 1450 }],
        addresses: ['eth0 10.244.0.2/24 global'],
        // Within one base address the kernel lists the longer prefix first.
        routes: ['default via 10.244.0.1 dev eth0', '10.244.0.0/24 dev eth0 proto kernel scope link src 10.244.0.2', '10.244.0.0/16 via 10.244.0.1 dev eth0'],
        local: ['local 10.244.0.2 dev eth0 proto kernel scope host src 10.244.0.2', 'broadcast 10.244.0.255 dev eth0 proto kernel scope link src 10.244.0.2'],
        bridgePorts: [],
        iptables: [],
      });
    });
  });

  test.for([
    ['net.ipv4.ip_forward', undefined, '1'],
    ['net.ipv6.conf.cni0.accept_ra', undefined, '0'],
    ['net.ipv4.conf.eth0.arp_notify', 'pod-a', '1'],
    ['net.ipv6.conf.eth0.accept_dad', 'pod-a', '0'],
  ] as const)('sysctl %s in %s is %s afterwards (C1)', ([key, pod, value]) => {
    withNode((node) => {
      node.add('pod-a', flannel());
      expect(node.sysctl(key, pod)).toBe(value);
    });
  });

  test('ipMasq: a chain per pod, appended to POSTROUTING (C3)', () => {
    withNode((node) => {
      node.add('pod-a', flannel({ ipMasq: true }));
      node.add('pod-b', flannel({ ipMasq: true }));
      const chains = ['pod-a', 'pod-b'].map((pod) => masqChain('cbr0', pod));
      const comment = (pod: string) => `-m comment --comment "name: \\"cbr0\\" id: \\"${pod}\\""`;
      const jump = (i: number) => `nat: -A POSTROUTING -s 10.244.0.${i + 2}/32 ${comment(`pod-${'ab'[i]}`)} -j ${chains[i]}`;
      const rules = (i: number) => [
        `nat: -A ${chains[i]} -d 10.244.0.0/24 ${comment(`pod-${'ab'[i]}`)} -j ACCEPT`,
        `nat: -A ${chains[i]} ! -d 224.0.0.0/4 ${comment(`pod-${'ab'[i]}`)} -j MASQUERADE`,
      ];
      const { iptables } = node.readBack();
      expect(iptables.filter((l) => l.includes(' -A '))).toEqual([jump(0), jump(1), ...rules(0), ...rules(1)]);
      expect(iptables.filter((l) => !l.includes(' -A ')).toSorted()).toEqual(chains.map((c) => `nat: :${c} -`).toSorted());

      node.del('pod-a', flannel({ ipMasq: true }));
      expect(node.readBack().iptables).toEqual([`nat: :${chains[1]} -`, jump(1), ...rules(1)]);
    });
  });

  test('the bridge outlives its last pod, down and with the MTU of an empty bridge', () => {
    withNode((node) => {
      node.add('pod-a', flannel());
      node.del('pod-a', flannel());
      // The kernel notes the lost carrier a moment later.
      for (let i = 0; i < 50 && !node.readBack().routes[0]?.endsWith('linkdown'); i++) node.run('sleep', '0.1');
      const { links, addresses, routes } = node.readBack();
      // The plugin sets the MTU when it makes the bridge; the kernel takes the ports' MTU over, and 1500 without ports.
      expect(links).toEqual([{ ifname: 'cni0', kind: 'bridge', mtu: 1500 }]);
      expect(addresses).toEqual(['cni0 10.244.0.1/24 global']);
      expect(routes).toEqual(['10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1 linkdown']);
    });
  });

  test("kubenet's own configuration (B1): CNI 0.1.0, no hairpin, only a default route", () => {
    const kubenet: Network = {
      cniVersion: '0.1.0',
      name: 'kubenet',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cbr0',
          mtu: 1500,
          addIf: 'eth0',
          isGateway: true,
          ipMasq: false,
          hairpinMode: false,
          ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.2.0/24', gateway: '10.244.2.1' }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    };
    withNode((node) => {
      node.add('pod-a', kubenet);
      const { links, addresses, bridgePorts, iptables } = node.readBack();
      expect(links).toEqual([
        { ifname: 'cbr0', kind: 'bridge', mtu: 1500 },
        { ifname: 'veth:pod-a', kind: 'veth', mtu: 1500, master: 'cbr0' },
      ]);
      expect(addresses).toEqual(['cbr0 10.244.2.1/24 global']);
      expect(bridgePorts).toEqual([{ ifname: 'veth:pod-a', master: 'cbr0', hairpin: false, isolated: false }]);
      expect(iptables).toEqual([]);
      expect(node.readBack('pod-a').routes).toEqual(['default via 10.244.2.1 dev eth0', '10.244.2.0/24 dev eth0 proto kernel scope link src 10.244.2.2']);
      // MACs from the address (0a:58:…) ended with version 0.7 of the plugins.
      expect(node.run('ip', 'link', 'show', 'cbr0')).not.toContain('0a:58:');
    });
  });

  test('dual stack: a second address on the bridge, a chain of the same name in ip6tables', () => {
    const dual = flannel({ ipMasq: true, ipam: hostLocal(['10.244.0.0/24', 'fd00:10:244::/64'], ['10.244.0.0/16', 'fd00:10::/48']) });
    withNode((node) => {
      node.add('pod-a', dual);
      const chain = masqChain('cbr0', 'pod-a');
      expect(node.readBack().addresses).toEqual(['cni0 10.244.0.1/24 global', 'cni0 fd00:10:244::1/64 global']);
      expect(node.sysctl('net.ipv6.conf.all.forwarding')).toBe('1');
      expect(node.readBack('pod-a').routes).toEqual([
        'default via 10.244.0.1 dev eth0',
        '10.244.0.0/24 dev eth0 proto kernel scope link src 10.244.0.2',
        '10.244.0.0/16 via 10.244.0.1 dev eth0',
        'fd00:10::/48 via fd00:10:244::1 dev eth0 metric 1024 pref medium',
        'fd00:10:244::/64 dev eth0 proto kernel metric 256 pref medium',
        'default via fd00:10:244::1 dev eth0 metric 1024 pref medium',
      ]);
      expect(
        node
          .run('ip6tables-save')
          .split('\n')
          .filter((l) => l.startsWith('-A')),
      ).toEqual([
        `-A POSTROUTING -s fd00:10:244::2/128 -m comment --comment "name: \\"cbr0\\" id: \\"pod-a\\"" -j ${chain}`,
        `-A ${chain} -d fd00:10:244::/64 -m comment --comment "name: \\"cbr0\\" id: \\"pod-a\\"" -j ACCEPT`,
        `-A ${chain} ! -d ff00::/8 -m comment --comment "name: \\"cbr0\\" id: \\"pod-a\\"" -j MASQUERADE`,
      ]);
    });
  });

  test('another subnet on the same bridge is refused, and only a veth without a pod address stays behind', () => {
    const moved = (more: Readonly<Record<string, unknown>> = {}) => flannel({ ipam: hostLocal(['10.244.9.0/24'], []), ...more });
    withNode((node) => {
      node.add('pod-a', flannel());
      expect(() => node.add('pod-b', moved())).toThrow('"cni0" already has an IP address different from 10.244.9.1/24');
      expect(node.readBack().addresses).toEqual(['cni0 10.244.0.1/24 global']);
      expect(node.readBack().bridgePorts.map((p) => p.ifname)).toEqual(['veth:pod-a', 'veth:pod-b']);
      expect(node.run('ls', `${node.dataDir}/cbr0`).trim().split('\n')).not.toContain('10.244.9.2');

      node.add('pod-c', moved({ forceAddress: true }));
      expect(node.readBack().addresses).toEqual(['cni0 10.244.9.1/24 global']);
    });
  });

  test('hairpin and promiscuous mode exclude each other', () => {
    withNode((node) => {
      expect(() => node.add('pod-a', flannel({ promiscMode: true }))).toThrow('cannot set hairpin mode and promiscuous mode at the same time');
    });
  });
});

describeWith(cniNeeds, 'the rig', () => {
  test('removes its namespaces and its folder when a test fails inside', () => {
    let folder = '';
    const failing = () =>
      withNode((node) => {
        folder = node.dataDir;
        node.add('pod-a', flannel());
        throw new Error('as a failed expectation does');
      });
    expect(failing).toThrow('as a failed expectation does');
    expect(existsSync(folder)).toBe(false);
    const left = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    expect(left).not.toContain(basename(folder).slice(0, -6));
  });
});

describeWith(cniNeeds, 'the real loopback plugin', () => {
  test("brings the pod's lo up", () => {
    withNode((node) => {
      const lo: Network = { cniVersion: '0.3.1', name: 'lo', plugins: [{ type: 'loopback' }] };
      expect(node.add('pod-a', lo).ips?.map((i) => i.address)).toEqual(['127.0.0.1/8', '::1/128']);
    });
  });
});
