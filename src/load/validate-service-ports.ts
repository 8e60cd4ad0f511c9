import type { ServicePortSpec } from '../model/service.ts';
import type { DecodedService } from './assemble-services.ts';
import { listOf } from './read.ts';
import { type Fault, nameOf } from './service-judge.ts';
import { LABEL, PORT_NAME } from './service-names.ts';

/** Ports that nodePorts may be: --service-node-port-range of the API server. */
export type NodePortRange = { readonly first: number; readonly last: number };

/** The default of --service-node-port-range. */
export const NODE_PORTS: NodePortRange = { first: 30_000, last: 32_767 };

/** What the API server would refuse in the ports of one Service (kubernetes pkg/apis/core/validation, validateServicePort). */
export const portFaultsOf = (decoded: DecodedService, range: NodePortRange): readonly Fault[] => {
  const { service, stated } = decoded;
  const count = listOf(stated.spec['ports']).length;
  if (count === 0 && !service.headless && service.type !== 'ExternalName') {
    return [{ code: 'MISSING_KEY', path: [], message: `${nameOf(service)} has no ports`, hint: 'add ports: [80]' }];
  }
  // Some have no number: the shape check names them, and the others are not where they seem.
  if (count !== service.ports.length) return [];
  return [
    ...service.ports.flatMap((port, i) => [...named(port, i, count), ...nodePort(decoded, port, i, range)]),
    ...twice(service.ports),
    ...healthCheck(decoded, range),
  ];
};

const at = (i: number, key?: string) => ['spec', 'ports', i, ...(key === undefined ? [] : [key])];

const named = ({ name, port, targetPort }: ServicePortSpec, i: number, count: number): readonly Fault[] => {
  const faults: Fault[] = [];
  if (name === '' && count > 1)
    faults.push({
      code: 'MISSING_PORT_NAME',
      path: at(i),
      message: `port ${port} has no name, and is one of ${count}`,
      hint: 'with several ports, each needs a name',
    });
  if (name !== '' && !LABEL.fits(name))
    faults.push({
      code: 'BAD_NAME',
      path: at(i, 'name'),
      message: `"${name}" is no name for a port`,
      hint: LABEL.words,
    });
  if (typeof targetPort === 'string' && !PORT_NAME.fits(targetPort))
    faults.push({
      code: 'BAD_NAME',
      path: at(i, 'targetPort'),
      message: `targetPort "${targetPort}" is no name of a container port`,
      hint: /^\d+$/.test(targetPort) ? 'write the number without quotes' : PORT_NAME.words,
    });
  return faults;
};

const nodePort = (
  { service, stated }: DecodedService,
  { nodePort: number }: ServicePortSpec,
  i: number,
  range: NodePortRange,
): readonly Fault[] => {
  if (number === undefined) return [];
  const path = at(i, 'nodePort');
  if (service.type === 'ClusterIP' || service.type === 'ExternalName')
    return [
      {
        code: 'SERVICE_TYPE_MISMATCH',
        path,
        message: `${nameOf(service)} has a nodePort, and its type is ${service.type}`,
        hint: 'say type: NodePort, or LoadBalancer',
      },
    ];
  // An API server that took it has another range.
  return stated.written ? outside(number, path, 'nodePort', range) : [];
};

const healthCheck = ({ service, stated }: DecodedService, range: NodePortRange): readonly Fault[] => {
  const { healthCheckNodePort: port } = service;
  const path = ['spec', 'healthCheckNodePort'];
  return port !== undefined && stated.written ? outside(port, path, 'healthCheckNodePort', range) : [];
};

const outside = (port: number, path: Fault['path'], what: string, { first, last }: NodePortRange): readonly Fault[] => {
  if (port >= first && port <= last) return [];
  const message = `${what} ${port} lies outside ${first}-${last}`;
  return [{ code: 'NODE_PORT_OUT_OF_RANGE', path, message, hint: 'leave it out, and one is assigned' }];
};

/** Names, ports and nodePorts that stand twice in one Service; the same number for two protocols is right. */
const twice = (ports: readonly ServicePortSpec[]): readonly Fault[] => {
  const seen = new Set<string>();
  const isSecond = (key: string): boolean => {
    const before = seen.has(key);
    seen.add(key);
    return before;
  };
  return ports.flatMap(({ name, port, protocol, nodePort: number }, i) => {
    const faults: Fault[] = [];
    if (name !== '' && isSecond(`name ${name}`))
      faults.push({ code: 'DUPLICATE_NAME', path: at(i, 'name'), message: `a second port is called "${name}"` });
    if (isSecond(`port ${port} ${protocol}`))
      faults.push({ code: 'DUPLICATE_PORT', path: at(i, 'port'), message: `port ${port} ${protocol} stands twice` });
    if (number !== undefined && isSecond(`nodePort ${number} ${protocol}`))
      faults.push({
        code: 'DUPLICATE_NODE_PORT',
        path: at(i, 'nodePort'),
        message: `nodePort ${number} ${protocol} stands twice`,
      });
    return faults;
  });
};
