import type { Packet } from '../dataplane/packet.ts';
import type { Walk } from '../dataplane/walk.ts';
import { formatIp } from '../net/ip.ts';
import type { Outcome } from './probe.ts';

/** A walk and what came back, as the dataplane gives it. */
export type WalkedJourney = { readonly forward: Walk; readonly replies: readonly Walk[] };

// What ping, and probe.py after it, print for a type and code.
const TEXTS: Readonly<Record<string, string>> = {
  'icmp 3/0': 'Destination Net Unreachable',
  'icmp 3/1': 'Destination Host Unreachable',
  'icmp 3/3': 'Destination Port Unreachable',
  'icmp 3/4': 'Frag needed and DF set',
  'icmp 3/9': 'Destination Net Prohibited',
  'icmp 3/10': 'Destination Host Prohibited',
  'icmp 3/13': 'Packet filtered',
  'icmp 11/0': 'Time to live exceeded',
  'icmpv6 1/0': 'Destination unreachable: No route',
  'icmpv6 1/1': 'Destination unreachable: Administratively prohibited',
  'icmpv6 1/3': 'Destination unreachable: Address unreachable',
  'icmpv6 1/4': 'Destination unreachable: Port unreachable',
  'icmpv6 2/0': 'Packet too big',
  'icmpv6 3/0': 'Time exceeded: Hop limit',
};

const errorText = ({ l4 }: Packet): string => {
  if (l4.proto === 'tcp') return 'Connection refused';
  if (l4.proto !== 'icmp' && l4.proto !== 'icmpv6') return l4.proto;
  const text = TEXTS[`${l4.proto} ${l4.type}/${l4.code}`] ?? `${l4.proto} ${l4.type}/${l4.code}`;
  const mtu = l4.mtu === undefined ? '' : l4.proto === 'icmp' ? ` (mtu = ${l4.mtu})` : `: mtu=${l4.mtu}`;
  return text + mtu;
};

// The reasons that the sender's own stack tells its socket at once.
const LOCAL: Readonly<Record<string, RegExp>> = {
  NO_ROUTE: /unreachable|Network/i,
  UNREACHABLE_ROUTE: /No route to host|unreachable/i,
  BLACKHOLE_ROUTE: /Invalid argument/,
  PROHIBIT_ROUTE: /Permission denied|Do you want/,
  MTU_EXCEEDED_DF: /too long/i,
  NO_SOURCE_ADDRESS: /./,
  FILTERED: /not permitted/,
  FILTER_POLICY_DROP: /not permitted/,
};

/**
 * Why what the sender learnt is not what the walk says; undefined where it is.
 * @param from the sender's namespace
 */
export const outcomeDiffers = (from: string, journey: WalkedJourney, outcome: Outcome): string | undefined => {
  const { forward, replies } = journey;
  const kernel = `kernel: ${JSON.stringify(outcome)}`;
  const unlike = (walk: string) => `walk: ${walk}; ${kernel}`;
  const [reply] = replies;
  if (reply?.verdict === 'delivered') {
    const { src, ttl } = reply.packet;
    // TCP does not tell the TTL.
    const same =
      outcome.kind === 'reply' && outcome.from === formatIp(src) && (outcome.ttl === ttl || outcome.ttl === 0);
    return same ? undefined : unlike(`reply from ${formatIp(src)} ttl ${ttl}`);
  }
  const error = forward.error ?? reply?.error;
  // Outside, a walk ends where it leaves.
  const heard = forward.error?.verdict === 'delivered' && forward.error.netns === from;
  if (forward.error && (heard || (from === 'outside' && forward.error.verdict === 'exits'))) {
    const { packet } = forward.error;
    const text = errorText(packet);
    const same = outcome.kind === 'error' && outcome.from === formatIp(packet.src) && outcome.text === text;
    return same ? undefined : unlike(`${text} from ${formatIp(packet.src)}`);
  }
  const local = error === undefined && forward.netns === from ? LOCAL[forward.reason.code] : undefined;
  if (local) {
    // TCP tries again where a filter drops what it sends, and says nothing.
    const silent = outcome.kind === 'timeout' && forward.reason.code.startsWith('FILTER');
    const same = silent || (outcome.kind === 'local' && local.test(outcome.text));
    return same ? undefined : unlike(`${forward.reason.code} at the sender`);
  }
  return outcome.kind === 'timeout' ? undefined : unlike(`silence (${(reply ?? forward).reason.code})`);
};
