import type { ServicePortSpec, ServiceProtocol } from '../model/service.ts';
import { lazyPlace } from './gathered.ts';
import { listOf, mappingOf } from './read.ts';
import type { StatedService } from './stated-service.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** A protocol as the API spells it; TCP where none is stated. */
export const protocolOf = (value: unknown): ServiceProtocol => PROTOCOLS.find((one) => one === value) ?? 'TCP';

/** The ports of a Service with the API's defaults; those without a number are left out. */
export const decodePorts = ({ spec, ports: { document, path } }: StatedService): readonly ServicePortSpec[] =>
  listOf(spec['ports']).flatMap((item, i): readonly ServicePortSpec[] => {
    const { name, protocol, port, targetPort, nodePort } = mappingOf(item);
    if (typeof port !== 'number') return [];
    const target = typeof targetPort === 'string' || typeof targetPort === 'number' ? targetPort : undefined;
    return [
      {
        name: typeof name === 'string' ? name : '',
        protocol: protocolOf(protocol),
        port,
        // 0 and the empty text are what Go makes of an absent one.
        targetPort: target || port,
        ...(typeof nodePort === 'number' && nodePort > 0 ? { nodePort } : {}),
        place: lazyPlace(document, [...path, i]),
      },
    ];
  });
