import type { Step, StepDetail } from '../dataplane/walk.ts';
import { familyOf, formatIp } from '../net/ip.ts';
import { chainOf, exempting, returning, targetOf } from './rules.ts';
import { markedBy, serviceOf } from './service.ts';
import { netnsOf, type View } from './view.ts';

type Of<K extends StepDetail['kind']> = Extract<Step, { kind: K }>;
type Decided = Of<'filter' | 'translate' | 'skip'>;

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

const familyName = (step: Step): 'ip' | 'ip6' => (familyOf(step.packet.src) === 4 ? 'ip' : 'ip6');

// kube-proxy's table has a map and a chain for each purpose and Service: the whole of it would be too much to read.
const nftCommands = (view: View, step: Decided, lines: readonly string[]): string[] => {
  const family = familyName(step);
  const tables = (netnsOf(view, step)?.tables ?? []).filter(({ tool, name }) => tool === 'nft' && name === step.table);
  const table = tables.find((one) => one.family === family) ?? tables[0];
  if (!table) return [];
  const maps = lines.flatMap((line) => /^element (\S+ \S+ \S+) \{/.exec(line)?.[1] ?? []);
  if (maps.length === 0) return [`nft list table ${table.family} ${table.name}`];
  const chains = lines.flatMap((line) => targetOf(line) ?? []).filter((chain) => chain.includes('/'));
  return unique([
    ...maps.map((map) => `nft list map ${map}`),
    ...chains.map((chain) => `nft list chain ${table.family} ${table.name} ${chain}`),
  ]);
};

// The chains whose rules were looked at last, in the words of the tool that made the table.
const chainCommands = (view: View, step: Decided, lines: readonly string[]): string[] => {
  const name = step.table.replace(/^ebtables /, '');
  if (!lines.some((line) => line.startsWith('-'))) return nftCommands(view, step, lines);
  const bridged = name !== step.table;
  const command = bridged ? 'ebtables' : familyName(step) === 'ip' ? 'iptables' : 'ip6tables';
  const flag = bridged ? '-L' : '-S';
  return unique(lines.flatMap((line) => chainOf(line) ?? [])).map((chain) => `${command} -t ${name} ${flag} ${chain}`);
};

// By the addresses of the first packet of the connection, as conntrack lists it first.
const conntrack = ({ nat, before, packet }: Of<'translate'>): string => {
  switch (nat) {
    case 'un-dnat':
      return `conntrack -L -d ${formatIp(packet.src)}`;
    case 'un-snat':
      return `conntrack -L -s ${formatIp(packet.dst)}`;
    case 'dnat':
    case 'redirect':
      return `conntrack -L -d ${formatIp(before.dst)}`;
    case 'snat':
    case 'masquerade':
      return `conntrack -L -s ${formatIp(before.src)}`;
  }
};

/** `-a -t 10.96.0.1:443 -r …`, `-A -t 10.96.0.1:443 -s rr`: the commands that show these virtual servers. */
export const virtualServers = ({ because }: Step): string[] =>
  because.filter(({ of }) => of === 'ipvs').map(({ line }) => `ipvsadm -Ln ${line.split(' ').slice(1, 3).join(' ')}`);

/** Which endpoints the Service behind a decision has. */
export const endpointSlices = ({ because }: Step): string[] => {
  const service = serviceOf(because);
  if (service?.plugin !== 'kube-proxy') return [];
  return [`kubectl get endpointslices -n ${service.namespace} -l kubernetes.io/service-name=${service.name}`];
};

const linesOf = ({ because }: Pick<Step, 'because'>): string[] => because.map(({ line }) => line);

const translated = (view: View, step: Of<'translate'>): string[] => {
  if (step.table === 'ipvs') return [...virtualServers(step), ...endpointSlices(step)];
  if (step.table === 'conntrack') return [conntrack(step)];
  const lines = linesOf(step);
  const marking = markedBy(view, step)?.line;
  // The chain that chose the endpoint, and the chain of the endpoint.
  const service = serviceOf(step.because);
  if (!service) return chainCommands(view, step, [...(marking?.startsWith('-') ? [marking] : []), ...lines.slice(-1)]);
  const shown = lines.some((line) => line.startsWith('-')) ? lines.slice(-2) : lines;
  return [...chainCommands(view, step, shown), ...endpointSlices(step), conntrack(step)];
};

/** The commands that show what rules decided a step. */
export const netfilterCommands = (view: View, step: Decided): string[] => {
  switch (step.kind) {
    case 'filter':
      return [...chainCommands(view, step, linesOf(step)), ...(step.verdict === 'accept' ? [] : endpointSlices(step))];
    case 'translate':
      return translated(view, step);
    case 'skip': {
      const rule = (returning(step.tried) ?? exempting(step.tried))?.line ?? step.because.at(-1)?.line;
      return chainCommands(view, step, rule === undefined ? [] : [rule]);
    }
  }
};
