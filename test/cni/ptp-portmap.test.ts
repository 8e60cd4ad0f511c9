import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../support/needs.ts';
import { cniNeeds, type Network, type PluginConf, type PortMapping, withNode } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 });

const ipam = (subnet: string) => ({ type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] });
const portmap = (over: Readonly<Record<string, unknown>> = {}): PluginConf => ({ type: 'portmap', capabilities: { portMappings: true }, ...over });

/** kindnet's conflist: flannel reference, part D. */
const kindnet = (over: Readonly<Record<string, unknown>> = {}): Network => ({
  cniVersion: '0.3.1',
  name: 'kindnet',
  plugins: [{ type: 'ptp', ipMasq: false, mtu: 1500, ipam: ipam('10.244.0.0/24') }, portmap(over)],
});

/** AKS's kubenet on containerd: reference B5. */
const aksKubenet: Network = {
  cniVersion: '0.3.1',
  name: 'kubenet',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cbr0',
      mtu: 1500,
      addIf: 'eth0',
      isGateway: true,
      ipMasq: false,
      promiscMode: true,
      hairpinMode: false,
      ipam: ipam('10.244.2.0/24'),
    },
    portmap({ externalSetMarkChain: 'KUBE-MARK-MASQ' }),
  ],
};

const web: PortMapping = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };
/** Reference C5: `CNI-DN-` and 21 hex digits. */
const dnatChain = (network: string, container: string) => `CNI-DN-${createHash('sha512').update(`${network}${container}`).digest('hex').slice(0, 21)}`;
const entry = (network: string, pod: string, protocol: string, ports: string) =>
  `nat: -A CNI-HOSTPORT-DNAT -p ${protocol} -m comment --comment "dnat name: \\"${network}\\" id: \\"${pod}\\"" -m multiport --dports ${ports} -j ${dnatChain(network, pod)}`;
const hooks = ['nat: -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT', 'nat: -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'];
const rulesOf = (iptables: readonly string[]) => iptables.filter((l) => l.includes(' -A '));

describeWith(cniNeeds, 'the real ptp plugin', () => {
  test("kindnet's pods: routed, each veth with the gateway's address (C4)", () => {
    withNode((node) => {
      node.add('pod-a', kindnet());
      node.add('pod-b', kindnet());
      const { links, addresses, routes, bridgePorts, iptables } = node.readBack();
      expect(links).toEqual([
        { ifname: 'veth:pod-a', kind: 'veth', mtu: 1500 },
        { ifname: 'veth:pod-b', kind: 'veth', mtu: 1500 },
      ]);
      expect(addresses).toEqual(['veth:pod-a 10.244.0.1/32 global', 'veth:pod-b 10.244.0.1/32 global']);
      expect(routes).toEqual(['10.244.0.2 dev veth:pod-a scope host', '10.244.0.3 dev veth:pod-b scope host']);
      expect([bridgePorts, iptables]).toEqual([[], []]);
      expect(node.sysctl('net.ipv4.ip_forward')).toBe('1');

      const pod = node.readBack('pod-a');
      expect(pod.addresses).toEqual(['eth0 10.244.0.2/24 global']);
      expect(pod.routes).toEqual([
        'default via 10.244.0.1 dev eth0',
        '10.244.0.0/24 via 10.244.0.1 dev eth0 src 10.244.0.2',
        '10.244.0.1 dev eth0 scope link src 10.244.0.2',
      ]);
    });
  });

  test('a deleted pod leaves nothing on the node', () => {
    withNode((node) => {
      node.add('pod-a', kindnet(), [web]);
      node.del('pod-a', kindnet(), [web]);
      const { links, addresses, routes, iptables } = node.readBack();
      expect([links, addresses, routes]).toEqual([[], [], []]);
      // But for the shared chains.
      expect(rulesOf(iptables).filter((l) => l.includes('CNI-DN-'))).toEqual([]);
    });
  });
});

describeWith(cniNeeds, 'the real portmap plugin', () => {
  test('host ports: DNAT at PREROUTING and OUTPUT, marks for hairpin and localhost (C5)', () => {
    withNode((node) => {
      node.add('pod-a', kindnet(), [web, { hostPort: 53, containerPort: 5353, protocol: 'udp', hostIP: '192.168.1.11' }]);
      const chain = dnatChain('kindnet', 'pod-a');
      expect(rulesOf(node.readBack().iptables)).toEqual([
        ...hooks,
        'nat: -A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
        // The hairpin mark is for the whole pod subnet of the node, not for the pod alone.
        `nat: -A ${chain} -s 10.244.0.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`,
        `nat: -A ${chain} -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK`,
        `nat: -A ${chain} -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.0.2:80`,
        `nat: -A ${chain} -s 10.244.0.0/24 -d 192.168.1.11/32 -p udp -m udp --dport 53 -j CNI-HOSTPORT-SETMARK`,
        `nat: -A ${chain} -s 127.0.0.1/32 -d 192.168.1.11/32 -p udp -m udp --dport 53 -j CNI-HOSTPORT-SETMARK`,
        `nat: -A ${chain} -d 192.168.1.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.244.0.2:5353`,
        entry('kindnet', 'pod-a', 'tcp', '8080'),
        entry('kindnet', 'pod-a', 'udp', '53'),
        'nat: -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
        'nat: -A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
      ]);
    });
  });

  test('its masquerade jump goes in front of the chains of ipMasq', () => {
    const both: Network = {
      cniVersion: '0.3.1',
      name: 'cbr0',
      plugins: [{ type: 'bridge', isGateway: true, ipMasq: true, ipam: ipam('10.244.0.0/24') }, portmap()],
    };
    withNode((node) => {
      node.add('pod-a', both);
      node.add('pod-b', both, [web]);
      const targets = rulesOf(node.readBack().iptables).filter((l) => l.includes('-A POSTROUTING'));
      expect(targets.map((l) => l.replace(/.*-j /, '').replace(/-[0-9a-f]{24}$/, '-…'))).toEqual(['CNI-HOSTPORT-MASQ', 'CNI-…', 'CNI-…']);
      expect(node.sysctl('net.ipv4.conf.cni0.route_localnet')).toBe('1');
    });
  });

  test("AKS's kubenet marks with kube-proxy's chain, and makes none of its own (B5)", () => {
    withNode((node) => {
      node.run('iptables', '-t', 'nat', '-N', 'KUBE-MARK-MASQ');
      node.add('pod-a', aksKubenet, [web]);
      const chain = dnatChain('kubenet', 'pod-a');
      expect(rulesOf(node.readBack().iptables)).toEqual([
        ...hooks,
        `nat: -A ${chain} -s 10.244.2.0/24 -p tcp -m tcp --dport 8080 -j KUBE-MARK-MASQ`,
        `nat: -A ${chain} -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j KUBE-MARK-MASQ`,
        `nat: -A ${chain} -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.2.2:80`,
        entry('kubenet', 'pod-a', 'tcp', '8080'),
      ]);
      expect(node.readBack().links[0]).toEqual({ ifname: 'cbr0', kind: 'bridge', mtu: 1500, promisc: true });
      expect(node.sysctl('net.ipv4.conf.cbr0.route_localnet')).toBe('1');
    });
  });

  test("without kube-proxy's chain a pod with host ports does not start", () => {
    withNode((node) => {
      expect(() => node.add('pod-a', aksKubenet, [web])).toThrow("Chain 'KUBE-MARK-MASQ' does not exist");
    });
  });

  test('snat: false leaves out marks and masquerade; 15 ports a rule', () => {
    const ports = Array.from({ length: 17 }, (_, i): PortMapping => ({ hostPort: 8000 + i, containerPort: 80, protocol: 'tcp' }));
    withNode((node) => {
      node.add('pod-a', kindnet({ snat: false }), ports);
      const rules = rulesOf(node.readBack().iptables);
      expect(rules.filter((l) => l.includes('CNI-HOSTPORT-DNAT -p'))).toEqual([
        entry('kindnet', 'pod-a', 'tcp', '8000,8001,8002,8003,8004,8005,8006,8007,8008,8009,8010,8011,8012,8013,8014'),
        entry('kindnet', 'pod-a', 'tcp', '8015,8016'),
      ]);
      expect(rules).toHaveLength(2 + 17 + 2);
    });
  });

  test('one host port for two pods: both get it, and the first keeps it until it is deleted', () => {
    withNode((node) => {
      node.add('pod-a', kindnet(), [web]);
      node.add('pod-b', kindnet(), [web]);
      const entries = () => rulesOf(node.readBack().iptables).filter((l) => l.includes('-A CNI-HOSTPORT-DNAT'));
      // Rules are appended, so what came first matches first.
      expect(entries()).toEqual([entry('kindnet', 'pod-a', 'tcp', '8080'), entry('kindnet', 'pod-b', 'tcp', '8080')]);
      node.del('pod-a', kindnet(), [web]);
      expect(entries()).toEqual([entry('kindnet', 'pod-b', 'tcp', '8080')]);
    });
  });
});
