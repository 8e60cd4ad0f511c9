import { formatIp } from '../net/ip.ts';
import { balance } from './balancer.ts';
import { arrive, routed, type Within } from './cloud.ts';
import { inVnet, isNear, portFor, segmentBecause, subnetFor } from './cloud-lookup.ts';
import { comeBack } from './edge.ts';
import { drop, type Ended, type Path, type Skb } from './path.ts';
import { secure } from './security.ts';

/**
 * A packet comes from a machine that the input does not describe: of the virtual network, of one joined with it, or of the internet.
 * Undefined: no NIC has its destination.
 */
export const enterCloud = (path: Path, within: Within, skb: Skb, isReply: boolean): Ended[] | undefined => {
  const { segment, cloud } = within;
  const { src } = skb.packet;
  const balanced = balance(path, segment.name, skb, (at, port, led) => arrive(at, within, port, skb, led, true));
  if (balanced) return balanced;
  if (cloud.vnet && inVnet(segment, cloud, src))
    return secure(path, segment.name, subnetFor(cloud, undefined, src), 'outbound', skb, (passed) =>
      routed(passed, within, undefined, skb),
    );
  const back = isReply ? comeBack(path, segment, skb) : { path, skb };
  const { dst } = back.skb.packet;
  const port = portFor(segment, dst);
  if (!port) return undefined;
  const detail = `${formatIp(dst)} is known inside of the virtual network only`;
  return isReply || !cloud.edge || isNear(cloud, src)
    ? arrive(back.path, within, port, back.skb, [segmentBecause(segment)])
    : drop(path, { netns: segment.name }, skb, { code: 'FABRIC_PRIVATE_ADDRESS', detail });
};
