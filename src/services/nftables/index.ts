import type { Chain, NftMapElement, NftSet, Table } from '../../linux/netfilter.ts';
import type { Netns } from '../../linux/netns.ts';
import { memo, once } from '../memo.ts';
import type { ProxySite, ServicePort } from '../types.ts';
import { chainsOf } from './chains.ts';
import { fixedSets, type Made, mapsOf } from './containers.ts';
import { affinitySetsOf, elementsOf } from './elements.ts';
import { baseChains, fixedChains } from './fixed.ts';
import { ownerOf } from './names.ts';
import { type PortPlan, planOf } from './plan.ts';
import type { MapName } from './words.ts';

const createMade = (site: ProxySite): Made & { readonly chains: (port: ServicePort) => readonly Chain[] } => {
  const plans = new Map<ServicePort, PortPlan>();
  const elements = new Map<ServicePort, Readonly<Record<MapName, readonly NftMapElement[]>>>();
  const chains = new Map<ServicePort, readonly Chain[]>();
  const plan = (port: ServicePort) => memo(plans, port, () => planOf(site, port));
  return {
    plan,
    elements: (port) => memo(elements, port, () => elementsOf(plan(port))),
    chains: (port) => memo(chains, port, () => chainsOf(plan(port), site)),
  };
};

/** The ports whose chain or set a name is. */
const ownersOf = ({ table, family }: ProxySite, name: string): readonly ServicePort[] => {
  const owner = ownerOf(name);
  return owner
    ? table
        .of(owner)
        .filter((port) => port.family === family && port.protocol === owner.protocol && port.spec.name === owner.port)
    : [];
};

/**
 * Adds what kube-proxy of Kubernetes 1.36 writes in nftables mode for the site's family: the table `ip kube-proxy` or `ip6 kube-proxy`
 * (kubernetes pkg/proxy/nftables/proxier.go). Releases before had a chain for each endpoint, which marked what the endpoint sent to
 * itself, and a chain `mark-for-masquerade` (pull requests 135800 and 136499): other lines, but the same end for a packet, save that the
 * set `hairpin-connections`, which came in their stead, leaves out endpoints of other nodes.
 * Chains, map elements and sets are made when they are asked for, and a question for one name or key makes those of its Services alone.
 */
export const addNftables = (site: ProxySite, netns: Netns): Netns => {
  const made = createMade(site);
  const ports = () => site.table.ports(site.family);
  const fixed = fixedChains(site);
  const byName = new Map(fixed.map((chain) => [chain.name, chain]));
  const named = fixedSets(site, made);
  const chains = once(() => [...fixed, ...ports().flatMap(made.chains)]);
  // Services without affinity have none, and nothing is worked out for them.
  const affine = () => ports().filter(({ affinity }) => affinity !== undefined);
  const sets = once(() => [...named, ...affine().flatMap((port) => affinitySetsOf(made.plan(port)))]);
  const find = <T extends Chain | NftSet>(name: string, of: (port: ServicePort) => readonly T[]): T | undefined =>
    ownersOf(site, name)
      .flatMap(of)
      .find((one) => one.name === name);
  const table: Table = {
    tool: 'nft',
    family: site.family === 4 ? 'ip' : 'ip6',
    name: 'kube-proxy',
    comment: 'rules for kube-proxy',
    get chains() {
      return chains();
    },
    lazy: {
      bases: baseChains,
      chain: (name) => byName.get(name) ?? find(name, made.chains),
      set: (name) => named.find((set) => set.name === name) ?? find(name, (port) => affinitySetsOf(made.plan(port))),
    },
    get sets() {
      return sets();
    },
    maps: mapsOf(site, made),
  };
  return { ...netns, tables: [...netns.tables, table] };
};
