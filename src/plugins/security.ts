import type { SecurityEnd, SecurityRule } from '../fabric/cloud.ts';
import { originAt } from '../linux/origin.ts';
import type { SecurityRule as Stated } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import { isProtocol } from './filters.ts';

/** What the service tags that matter here stand for. */
export type Tags = Readonly<Record<'VirtualNetwork' | 'AzureLoadBalancer' | 'Internet', SecurityEnd>>;

type Unplaced = Omit<Stated, 'place'> & Partial<Pick<Stated, 'place'>>;

const PLATFORM = ['168.63.129.16/32'].flatMap((text) => parsePrefix(text) ?? []);

/**
 * @param inside the virtual network, all that it is joined with, and the prefixes of its user routes (Microsoft: service-tags-overview).
 * Whether the tag holds the ranges of an overlay is not documented; with it left out, the default rules would part its pods.
 */
export const tagsOf = (inside: readonly Prefix[]): Tags => ({
  VirtualNetwork: { ranges: [...inside, ...PLATFORM] },
  AzureLoadBalancer: { ranges: PLATFORM },
  Internet: { ranges: [...inside, ...PLATFORM], not: true },
});

const words = (end: Prefix | string | undefined): string =>
  end === undefined ? 'Any' : typeof end === 'string' ? end : formatPrefix(end);

// az network nsg rule list --include-default -o table
const lineOf = ({ name, priority, src, dst, port, action, protocol, direction }: Unplaced): string =>
  [
    `${name}  ${priority}`,
    words(src),
    words(dst),
    port ?? 'Any',
    protocol ?? 'Any',
    direction === 'inbound' ? 'Inbound' : 'Outbound',
    action === 'allow' ? 'Allow' : 'Deny',
  ].join('  ');

/** The rules that every group ends with (Microsoft: network-security-groups-overview). */
const DEFAULTS: readonly Unplaced[] = [
  {
    name: 'AllowVnetInBound',
    priority: 65000,
    direction: 'inbound',
    action: 'allow',
    src: 'VirtualNetwork',
    dst: 'VirtualNetwork',
  },
  {
    name: 'AllowAzureLoadBalancerInBound',
    priority: 65001,
    direction: 'inbound',
    action: 'allow',
    src: 'AzureLoadBalancer',
  },
  { name: 'DenyAllInBound', priority: 65500, direction: 'inbound', action: 'deny' },
  {
    name: 'AllowVnetOutBound',
    priority: 65000,
    direction: 'outbound',
    action: 'allow',
    src: 'VirtualNetwork',
    dst: 'VirtualNetwork',
  },
  { name: 'AllowInternetOutBound', priority: 65001, direction: 'outbound', action: 'allow', dst: 'Internet' },
  { name: 'DenyAllOutBound', priority: 65500, direction: 'outbound', action: 'deny' },
];

const isTag = (name: string, tags: Tags): name is keyof Tags => Object.hasOwn(tags, name);

const endOf = (end: Prefix | string | undefined, tags: Tags): SecurityEnd | undefined | 'unknown' => {
  if (end === undefined) return undefined;
  if (typeof end !== 'string') return { ranges: [end] };
  return isTag(end, tags) ? tags[end] : 'unknown';
};

/**
 * A network security group with its default rules, the first that decides first. A rule that asks for something unknown is left out, and
 * said so.
 */
export const securityGroup = (
  subnet: string,
  stated: readonly Stated[],
  tags: Tags,
): { readonly rules: readonly SecurityRule[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const all: readonly Unplaced[] = [...stated, ...DEFAULTS];
  const rules = all.flatMap((rule): SecurityRule[] => {
    const { place } = rule;
    const skip = (what: string, hint: string): SecurityRule[] => {
      const message = `security group of subnet ${subnet}: rule ${rule.name} names ${what}; it is left out`;
      problems.push({ severity: 'warning', code: 'FABRIC_RULE_UNKNOWN', message, ...(place && { place }), hint });
      return [];
    };
    const [src, dst] = [endOf(rule.src, tags), endOf(rule.dst, tags)];
    if (src === 'unknown' || dst === 'unknown')
      return skip(
        `the service tag ${src === 'unknown' ? rule.src : rule.dst}`,
        `known: ${Object.keys(tags).join(', ')}`,
      );
    const protocol = rule.protocol?.toLowerCase();
    if (protocol !== undefined && !isProtocol(protocol)) return skip(`the protocol ${protocol}`, 'tcp, udp or icmp');
    return [
      {
        priority: rule.priority,
        direction: rule.direction,
        action: rule.action,
        line: lineOf(rule),
        origin: originAt({ kind: 'Fabric', name: subnet }, place),
        ...(protocol !== undefined && { protocol }),
        ...(src && { src }),
        ...(dst && { dst }),
        ...(rule.port !== undefined && { dport: [rule.port, rule.port] as const }),
      },
    ];
  });
  return { rules: rules.toSorted((a, b) => a.priority - b.priority), problems };
};
