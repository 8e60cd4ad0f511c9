import type { ProxyMode, Service } from '../../model/service.ts';
import type { Check, Facts } from './question.ts';
import { listed, portWords } from './words.ts';

const numbersOf = (values: readonly (number | undefined)[]): readonly number[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** What the number is instead, e.g. `8080, which is the port of its pods`; or undefined. */
const elsewhere = ({ service, slices, via }: Facts, asked: number, protocol: string): string | undefined => {
  const other = service.ports.find(({ port, nodePort }) => (via === 'nodePort' ? nodePort : port) === asked);
  if (other) return `${asked} for ${protocol}: that is for ${other.protocol}`;
  if (via === 'nodePort') {
    return service.ports.some(({ port }) => port === asked)
      ? `${asked}, which is the port of its ClusterIP`
      : undefined;
  }
  if (service.ports.some(({ nodePort }) => nodePort === asked))
    return `${asked}, which is its nodePort, at which nodes answer`;
  const ofPods = slices.some(({ ports }) => ports.some(({ port }) => port === asked));
  return ofPods || service.ports.some(({ targetPort }) => targetPort === asked)
    ? `${asked}, which is the port of its pods`
    : undefined;
};

const OTHER_PORTS: Readonly<Record<ProxyMode, string>> = {
  iptables: 'in iptables mode kube-proxy leaves packets for other ports alone, and they take the default route',
  ipvs: 'in ipvs mode the node refuses other ports',
  nftables: 'in nftables mode kube-proxy refuses other ports',
};

/** Nothing translates ports on the way to the pods of a headless Service. */
const headless = ({ service, slices, who }: Facts, asked: number) => {
  const listening = numbersOf(slices.flatMap(({ ports }) => ports.map(({ port }) => port)));
  if (listening.length === 0 || listening.includes(asked)) return [];
  const own = service.ports.some(({ port }) => port === asked);
  return [
    {
      code: 'SERVICE_WRONG_PORT',
      text: own
        ? `${who} is headless, so port ${asked} is not translated: its pods are reached at ${portWords(listening)}`
        : `the pods of ${who} are reached at ${portWords(listening)}, not ${asked}`,
      hint: `ask for port ${listed(listening.map(String))}`,
      place: service.place,
      certain: false,
    },
  ];
};

const portsThere = ({ ports }: Service, via: Facts['via']): readonly number[] =>
  numbersOf(ports.map(({ port, nodePort }) => (via === 'nodePort' ? nodePort : port)));

/** The number is that of no port of the Service. */
export const wrongPortCauses: Check = (facts) => {
  const { service, port: asked, protocol, proxy, via, who } = facts;
  if (typeof asked !== 'number' || protocol === 'icmp' || service.type === 'ExternalName') return [];
  if (service.headless) return headless(facts, asked);
  const there = portsThere(service, via);
  if (facts.specs.length > 0 || there.length === 0) return [];
  const instead = elsewhere(facts, asked, protocol.toUpperCase());
  const right = listed(there.map(String));
  const kind = via === 'nodePort' ? 'nodePort' : 'port';
  const mode = via === 'nodePort' || !proxy ? [] : [OTHER_PORTS[proxy.mode]];
  return [
    {
      code: 'SERVICE_WRONG_PORT',
      text: `${who} has ${kind} ${right}, not ${instead ?? asked}`,
      hint: [`ask for ${kind} ${there.length > 1 ? 'one of ' : ''}${right}`, ...mode].join('; '),
      place: service.ports[0]?.place ?? service.place,
      certain: true,
    },
  ];
};
