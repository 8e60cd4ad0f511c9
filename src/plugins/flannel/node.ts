import type { Netns } from '../../linux/netns.ts';
import type { Node, Pod } from '../../model/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import { addBridge, type BridgeConfig, buildBridgePod } from '../bridge.ts';
import { addDocker, type DockerConfig, dockerBridge } from '../docker.ts';
import type { FabricPlan } from '../fabric.ts';
import { createNode, type NodeDraft } from '../node.ts';
import { addPortmap } from '../portmap.ts';
import type { Roster } from '../world.ts';
import { builders, flannelMtu } from './backends.ts';
import type { FlannelConfig } from './config.ts';
import { CNI_NETWORK } from './defaults.ts';
import { peersOf } from './lessees.ts';
import { addFlannelRules } from './masq.ts';
import type { Lessee, Member } from './member.ts';
import { ownOrigin } from './origin.ts';
import { subnetEnv } from './subnet-env.ts';

export type Site = {
  readonly config: FlannelConfig;
  readonly members: ReadonlyMap<string, Member>;
  readonly lessees: readonly Lessee[];
  readonly fabric: FabricPlan;
  readonly roster: Roster;
};

/** What the CNI plugin `flannel` hands to `bridge` (flannel-io/cni-plugin:flannel.go), with the delegate of kube-flannel.yml. */
const cniBridge = (config: FlannelConfig, member: Member): BridgeConfig => ({
  plugin: 'flannel',
  ifname: 'cni0',
  mtu: flannelMtu(config.backend, member.mtu),
  subnets: [member.v4?.subnet, member.v6?.subnet].filter((subnet) => subnet !== undefined),
  hairpin: true,
  promisc: false,
  // The plugin inverts FLANNEL_IPMASQ: without flanneld's rules the bridge masquerades, between nodes too.
  ...(!config.ipMasq && { masqNetwork: CNI_NETWORK }),
  podRoutes: [config.network, config.network6].filter((range) => range !== undefined),
});

const docker = (config: FlannelConfig, member: Member): DockerConfig | undefined =>
  member.v4 && {
    plugin: 'flannel',
    mtu: flannelMtu(config.backend, member.mtu),
    subnet: member.v4.subnet,
    ipMasq: config.dockerIpMasq,
    forwardDrop: config.dockerForwardDrop,
  };

// flanneld adds it before there is a bridge; the bridge's own route for the same range comes behind it, and the kernel takes the first (measured).
const addBlackholes = (draft: NodeDraft, { v4, v6 }: Member): void => {
  const origin = ownOrigin({ draft });
  for (const side of [v4, v6])
    if (side) draft.netns.addRoute({ dst: side.subnet, type: 'blackhole', nexthops: [], origin });
};

/** Builds nodes: flanneld's rules, its backend's state, then the bridge with the pods. */
export const nodeBuilder =
  ({ config, members, lessees, fabric, roster }: Site) =>
  (node: Node): Netns => {
    const draft = createNode('flannel', node, fabric.nics(node));
    const self = members.get(node.name);
    if (!self) return draft.finish();
    const pods = roster.podsOn(node.name);
    addFlannelRules(draft, self, config);
    builders[config.backend.type]?.build({ draft, self, peers: peersOf(lessees, self), config });
    if (config.blackholeRoute) addBlackholes(draft, self);
    const dockerd = config.bridge === 'docker0' ? docker(config, self) : undefined;
    if (dockerd) addDocker(draft, dockerd, pods);
    // The CNI plugin makes the bridge for the first pod.
    else if (pods.length > 0) {
      const bridge = cniBridge(config, self);
      const subnetOf = (ip: Ip): Prefix | undefined => bridge.subnets.find((subnet) => contains(subnet, ip));
      addBridge(draft, bridge, pods);
      addPortmap(draft, CNI_NETWORK, bridge.ifname, pods, subnetOf);
    }
    return draft.finish();
  };

/** Builds pods, which know their end of the veth by the node's. */
export const podBuilder =
  ({ config, members }: Site, netns: (id: string) => Netns | undefined) =>
  (pod: Pod, node: Node): Netns => {
    const self = members.get(node.name);
    const dockerd = self && config.bridge === 'docker0' ? docker(config, self) : undefined;
    const none: BridgeConfig = {
      plugin: 'flannel',
      ifname: 'cni0',
      mtu: 1500,
      subnets: [],
      hairpin: true,
      promisc: false,
      podRoutes: [],
    };
    const bridge = dockerd ? dockerBridge(dockerd) : self ? cniBridge(config, self) : none;
    return buildBridgePod(pod, node.name, netns(node.name)?.links ?? [], bridge);
  };

/** The text of /run/flannel/subnet.env, which Docker's start-up and flannel's CNI plugin read. */
export const subnetEnvOf = (config: FlannelConfig, member: Member): string =>
  subnetEnv(
    {
      ...(config.network && { network: config.network }),
      ...(config.network6 && { ipv6Network: config.network6 }),
    },
    { ...(member.v4 && { subnet: member.v4.subnet }), ...(member.v6 && { subnet6: member.v6.subnet }) },
    flannelMtu(config.backend, member.mtu),
    config.ipMasq,
  );
