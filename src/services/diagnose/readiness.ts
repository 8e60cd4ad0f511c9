import type { Pod } from '../../model/cluster.ts';
import type { Endpoint } from '../../model/service.ts';
import { formatIp } from '../../net/ip.ts';
import { addressesOf, isEndpoint } from '../endpoints/pod.ts';
import type { Cause, Check, Facts } from './question.ts';
import { listed } from './words.ts';

/** Why a pod gets no traffic; undefined where it does. Those that end while they serve are the last resort. */
const fault = ({ cluster, service }: Facts, pod: Pod): string | undefined => {
  const node = cluster.nodes.find(({ name }) => name === pod.node);
  const addresses = addressesOf(pod, node);
  if (!isEndpoint(pod, addresses)) return addresses.length === 0 ? `${pod.phase}, no address` : pod.phase;
  if (service.publishNotReadyAddresses) return undefined;
  if (pod.node !== undefined && !node && cluster.nodes.length > 0) return `its node ${pod.node} does not exist`;
  if (pod.ready) return undefined;
  return pod.terminating ? `${pod.phase}, ends and is not ready` : `${pod.phase}, not ready`;
};

const isUsable = ({ ready, serving, terminating }: Endpoint): boolean => ready || (serving && terminating);

/** Pods that a Service selects and that get traffic, whatever their ports and families. */
export const usablePods = (facts: Facts): readonly Pod[] =>
  facts.selected.filter((pod) => fault(facts, pod) === undefined);

const ofPods = (facts: Facts): readonly Cause[] => {
  const { who, selected } = facts;
  const faults = selected.map((pod) => [pod, fault(facts, pod)] as const);
  if (selected.length === 0 || faults.some(([, text]) => text === undefined)) return [];
  const [first] = selected;
  const waiting = selected.some((pod) => pod.ips.length > 0 && (pod.phase === 'Running' || pod.phase === 'Pending'));
  const subject =
    selected.length === 1
      ? `the only pod that ${who} selects gets no traffic`
      : `none of the ${selected.length} pods that ${who} selects gets traffic`;
  return [
    {
      code: 'SERVICE_PODS_NOT_READY',
      text: `${subject}: ${listed(faults.map(([pod, text]) => `${pod.name} (${text})`))}`,
      ...(waiting && {
        hint: '`kubectl describe pod` says why; publishNotReadyAddresses: true sends traffic to pods that are not ready',
      }),
      ...(first && { place: first.place }),
      // A ready pod has an address, which the input does not show.
      certain: !selected.some(({ phase, ready, ips }) => phase === 'Running' && ready && ips.length === 0),
    },
  ];
};

/** For slices that nobody's pods explain: those of Services without a selector. */
const ofEndpoints = ({ who, slices }: Facts): readonly Cause[] => {
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  if (endpoints.length === 0 || endpoints.some(isUsable)) return [];
  const names = endpoints.map(({ addresses, targetRef }) =>
    targetRef ? `${addresses.map(formatIp).join()} (${targetRef.name})` : addresses.map(formatIp).join(),
  );
  const [first] = slices;
  return [
    {
      code: 'SERVICE_PODS_NOT_READY',
      text: `no endpoint in the EndpointSlices of ${who} is ready: ${listed(names)}`,
      ...(first && { place: first.place }),
      certain: true,
    },
  ];
};

/** There are pods, and none of them is to get traffic. */
export const readinessCauses: Check = (facts) => {
  if (facts.slices.some(({ endpoints }) => endpoints.some(isUsable))) return [];
  const causes = ofPods(facts);
  return causes.length > 0 ? causes : ofEndpoints(facts);
};
