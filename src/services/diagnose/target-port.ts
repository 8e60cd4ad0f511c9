import type { ContainerPort, Pod } from '../../model/cluster.ts';
import type { ServicePortSpec } from '../../model/service.ts';
import { nearest } from '../../model/suggest.ts';
import { findTargetPort } from '../endpoints/pod.ts';
import type { Cause, Check } from './question.ts';
import { usablePods } from './readiness.ts';
import { listed, podNames, somePods, specWords } from './words.ts';

const declaredBy = ({ ports, sidecarPorts = [] }: Pod): readonly ContainerPort[] => [...ports, ...sidecarPorts];

const portWords = ({ name, port, protocol }: ContainerPort): string =>
  `${port}${protocol === 'TCP' ? '' : ` (${protocol})`}${name ? ` "${name}"` : ''}`;

const hintForName = (target: string, { protocol }: ServicePortSpec, pods: readonly Pod[]): string => {
  const declared = pods.flatMap(declaredBy);
  const other = declared.find((port) => port.name === target);
  if (other) return `their port ${other.port} has that name, for ${other.protocol} and not for ${protocol}`;
  const names = [...new Set(declared.flatMap(({ name }) => (name ? [name] : [])))];
  if (names.length === 0) return 'name the container port, or give targetPort a number';
  const near = nearest(target, names);
  return near === undefined ? `the names there are: ${listed(names)}` : `did you mean "${near}"?`;
};

const nameCause = (spec: ServicePortSpec, pods: readonly Pod[]): readonly Cause[] => {
  const { targetPort, protocol } = spec;
  if (typeof targetPort === 'number') return [];
  const without = pods.filter((pod) => findTargetPort(spec, pod) === undefined);
  if (without.length === 0) return [];
  const all = without.length === pods.length;
  return [
    {
      code: 'SERVICE_TARGET_PORT_NAME',
      text: `${specWords(spec)} goes to the port of the pods that is named "${targetPort}", and ${somePods(without)}${all ? '' : `, ${without.length} of ${pods.length},`} ${without.length === 1 ? 'has' : 'have'} no ${protocol} port of that name`,
      hint: hintForName(targetPort, spec, without),
      place: spec.place,
      certain: all,
    },
  ];
};

const numberCause = (spec: ServicePortSpec, pods: readonly Pod[]): readonly Cause[] => {
  const { targetPort, protocol } = spec;
  if (typeof targetPort !== 'number') return [];
  const isIt = (port: ContainerPort) => port.port === targetPort && port.protocol === protocol;
  // Pods that declare nothing tell nothing.
  const without = pods.filter((pod) => declaredBy(pod).length > 0 && !declaredBy(pod).some(isIt));
  if (without.length === 0) return [];
  const declared = [...new Set(without.flatMap(declaredBy).map(portWords))];
  return [
    {
      code: 'SERVICE_TARGET_PORT_UNDECLARED',
      text: `${specWords(spec)} goes to ${protocol} port ${targetPort} of the pods, and ${podNames(without)} ${without.length === 1 ? 'declares' : 'declare'} ${listed(declared)}`,
      hint: 'containerPorts are for information only: see where the application listens',
      place: spec.place,
      certain: false,
    },
  ];
};

/** The port of the pods is a name that they do not have, or a number that they do not declare. */
export const targetPortCauses: Check = (facts) => {
  const pods = usablePods(facts);
  return facts.specs.flatMap((spec) => [...nameCause(spec, pods), ...numberCause(spec, pods)]);
};
