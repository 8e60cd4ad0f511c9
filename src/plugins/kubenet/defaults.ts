/** Every number that kubenet has by itself, with where it stands (kubernetes:pkg/kubelet/dockershim/network/kubenet/kubenet_linux.go, up to 1.23). */

export const BRIDGE = 'cbr0';
/** The CNI network's name, which containerd's template keeps. */
export const NETWORK = 'kubenet';
/** kubelet --non-masquerade-cidr (cmd/kubelet/app/options). */
export const NON_MASQUERADE = '10.0.0.0/8';
/** What ip-masq-agent spares without a configuration (kubernetes-sigs/ip-masq-agent). */
export const AGENT_NON_MASQUERADE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const;
/** Azure/AgentBaker: kubenetCniTemplate. */
export const TEMPLATE_MTU = 1500;
/** CNI plugins up to 0.6.0 made MACs of 0a:58 and the IPv4 address; kubelet's rules against duplicates still count on it for the bridge. */
export const MAC_PREFIX = '0a:58';
export const KUBE_MARK = 0x4000;
