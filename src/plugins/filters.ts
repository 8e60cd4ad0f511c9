import type { FabricFilter } from '../fabric/fabric.ts';
import { originAt } from '../linux/origin.ts';
import type { FabricSpec } from '../model/cluster.ts';
import type { Problem } from '../model/place.ts';
import { formatPrefix } from '../net/prefix.ts';
import { type L4Name, PROTOCOL_NUMBER } from '../net/protocol.ts';

/** Whether a protocol is one that a rule can ask for. */
export const isProtocol = (name: string): name is L4Name => Object.hasOwn(PROTOCOL_NUMBER, name);

/** What the cluster file says that the fabric drops. A filter of an unknown protocol is left out: without it, it would drop all. */
export const filtersOf = (
  spec: FabricSpec | undefined,
): { readonly filters: readonly FabricFilter[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const filters = (spec?.filters ?? []).flatMap(({ protocol, port, src, dst, action, place }): FabricFilter[] => {
    const name = protocol?.toLowerCase();
    if (name !== undefined && !isProtocol(name)) {
      const message = `fabric: unknown protocol "${protocol}"; this filter is left out`;
      const hint = `one of ${Object.keys(PROTOCOL_NUMBER).join(', ')}`;
      problems.push({ severity: 'error', code: 'FABRIC_PROTOCOL_UNKNOWN', message, place, hint });
      return [];
    }
    const words = [
      action,
      protocol,
      src && `from ${formatPrefix(src)}`,
      dst && `to ${formatPrefix(dst)}`,
      port !== undefined && `port ${port}`,
    ].filter((word) => typeof word === 'string');
    return [
      {
        action,
        line: words.join(' '),
        origin: originAt({ kind: 'Fabric', name: 'filters' }, place),
        ...(name !== undefined && { protocol: name }),
        ...(port !== undefined && { dport: [port, port] as const }),
        ...(src && { src }),
        ...(dst && { dst }),
      },
    ];
  });
  return { filters, problems };
};
