import { type Check, isExternal, nodeRef } from './question.ts';
import { listed } from './words.ts';

const SYSCTL = 'net.bridge.bridge-nf-call-iptables';

/** Plugins whose pods of one node hang on a bridge. */
const BRIDGED: readonly string[] = ['flannel', 'kubenet'];

/**
 * Client and endpoint on one bridge, and bridged packets pass no netfilter: the endpoint answers over the bridge, and nobody translates the answer
 * back (kubernetes issues 38802, 87426).
 */
export const bridgeCauses: Check = (facts) => {
  const { cluster, client, ports } = facts;
  const node = cluster.nodes.find(({ name }) => name === client.node);
  if (!node || client.kind !== 'pod' || isExternal(facts) || !BRIDGED.includes(cluster.plugin.name)) return [];
  if (node.sysctls[SYSCTL] !== 0) return [];
  const own = ports.flatMap((port) =>
    facts.table
      .backends(port, nodeRef(facts, node.name))
      .cluster.filter(({ local, ip }) => local && !client.ips.includes(ip) && !node.ips.includes(ip)),
  );
  if (own.length === 0) return [];
  return [
    {
      code: 'SERVICE_BRIDGE_NF',
      text: `${SYSCTL} is 0 on ${node.name}, so answers of ${listed(own.map(({ text }) => text))} on the same bridge as the client are not translated back`,
      hint: `load br_netfilter and set ${SYSCTL}=1`,
      place: node.place,
      certain: false,
    },
  ];
};
