import { formatIp } from '../../net/ip.ts';
import type { OverlayDoc } from '../document.ts';
import type { OverlaySwitch } from '../overlay.ts';

/** A node's part of an overlay, with its connections, as the document of a node shows it. */
export const overlayDoc = ({ daemon, overlay, port, datapath, connections, origin }: OverlaySwitch): OverlayDoc => ({
  daemon,
  overlay,
  port,
  ...(datapath !== undefined && { datapath }),
  connections: connections.map(({ peer, local, remote, transport, line, origin: of }) => ({
    peer,
    local: formatIp(local),
    remote: formatIp(remote),
    kind: transport.kind,
    port: transport.port,
    line,
    ...(of && { origin: of }),
  })),
  ...(origin && { origin }),
});
