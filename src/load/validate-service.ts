import { familyOf, formatIp, isLinkLocal, isLoopback, isUnspecified } from '../net/ip.ts';
import type { DecodedService } from './assemble-services.ts';
import { listOf, mappingOf, numberOf, textOf } from './read.ts';
import { type Fault, nameOf } from './service-judge.ts';
import { LABEL, SUBDOMAIN } from './service-names.ts';

/** What the API server would refuse in one Service, its ports left out (kubernetes pkg/apis/core/validation, ValidateService). */
export const faultsOf = (decoded: DecodedService): readonly Fault[] => [
  ...names(decoded),
  ...families(decoded),
  ...byType(decoded),
  ...affinity(decoded),
  ...externalIPs(decoded),
];

const names = ({ service, stated }: DecodedService): readonly Fault[] => {
  const path = ['metadata', 'name'];
  // A missing name is a mistake of its own.
  if (stated.short && !stated.at(['name'])) return [];
  const { name, namespace } = service;
  const faults: Fault[] = [];
  if (!LABEL.fits(name))
    faults.push({ code: 'BAD_NAME', path, message: `"${name}" is no name for a service`, hint: LABEL.words });
  else if (/^\d/.test(name)) {
    const hint = 'most API servers want a letter first: RelaxedServiceNameValidation is new';
    faults.push({ code: 'BAD_NAME', path, message: `service name "${name}" starts with a digit`, hint, mild: true });
  }
  if (!LABEL.fits(namespace))
    faults.push({
      code: 'BAD_NAME',
      path: ['metadata', 'namespace'],
      message: `"${namespace}" is no name for a namespace`,
      hint: LABEL.words,
    });
  return faults;
};

/** Addresses, families and their policy belong together (pkg/registry/core/service/storage/alloc.go). */
const families = ({ service, stated }: DecodedService): readonly Fault[] => {
  const { clusterIPs, ipFamilies } = service;
  const { clusterIP: first, clusterIPs: listed, ipFamilyPolicy } = stated.spec;
  const faults: Fault[] = [];
  if (typeof first === 'string' && listOf(listed).length > 0 && listOf(listed)[0] !== first)
    faults.push({
      code: 'BAD_VALUE',
      path: ['spec', 'clusterIP'],
      message: `clusterIP of ${nameOf(service)} is not the first of its clusterIPs`,
      hint: 'state one of the two',
    });
  // The short form needs no policy to mean two addresses by two addresses.
  const isSingle = ipFamilyPolicy === 'SingleStack' || (ipFamilyPolicy === undefined && !stated.short);
  if (isSingle && !service.headless && Math.max(clusterIPs.length, ipFamilies.length) > 1)
    faults.push({
      code: 'BAD_VALUE',
      path: ['spec', ipFamilyPolicy === undefined ? 'clusterIPs' : 'ipFamilyPolicy'],
      message: `${nameOf(service)} has two families, and its ipFamilyPolicy is SingleStack`,
      hint: 'say ipFamilyPolicy: PreferDualStack or RequireDualStack',
    });
  const strange = clusterIPs.findIndex((ip, i) => ipFamilies[i] !== undefined && ipFamilies[i] !== familyOf(ip));
  const ip = clusterIPs[strange];
  if (ip !== undefined)
    faults.push({
      code: 'BAD_VALUE',
      path: ['spec', 'ipFamilies', strange],
      message: `${formatIp(ip)} of ${nameOf(service)} is not of the family that ipFamilies has in its place`,
    });
  return faults;
};

/** Keys that only some types of Service may have. */
const byType = ({ service, stated }: DecodedService): readonly Fault[] => {
  const { type, headless, externalIPs, externalTrafficPolicy, externalName } = service;
  const { spec } = stated;
  const who = nameOf(service);
  const isExposed = type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0;
  const faults: Fault[] = [];
  const refuse = (key: string, message: string, hint?: string): void => {
    faults.push({ code: 'SERVICE_TYPE_MISMATCH', path: ['spec', key], message, hint });
  };
  if (headless && (type === 'NodePort' || type === 'LoadBalancer'))
    refuse('clusterIP', `${who} is headless and of type ${type}`, 'nodePorts and load balancers need a clusterIP');
  if (spec['externalTrafficPolicy'] !== undefined && !isExposed)
    refuse(
      'externalTrafficPolicy',
      `externalTrafficPolicy of ${who} means nothing for type ${type} without externalIPs`,
      'for clients in the cluster there is internalTrafficPolicy',
    );
  for (const key of ['loadBalancerSourceRanges', 'loadBalancerClass', 'allocateLoadBalancerNodePorts'])
    if (type !== 'LoadBalancer' && spec[key] !== undefined && listOf(spec[key] ?? [1]).length !== 0)
      refuse(key, `${key} of ${who} is for type LoadBalancer, not ${type}`);
  if (type !== 'LoadBalancer' && (stated.ingress ?? []).length > 0)
    faults.push({
      code: 'SERVICE_TYPE_MISMATCH',
      path: ['status', 'loadBalancer', 'ingress'],
      message: `ingress of ${who} is for type LoadBalancer, not ${type}`,
      hint: 'an address that nodes serve without a load balancer belongs into externalIPs',
    });
  if (service.healthCheckNodePort !== undefined && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local'))
    refuse(
      'healthCheckNodePort',
      `healthCheckNodePort of ${who} is for type LoadBalancer with externalTrafficPolicy Local`,
    );
  if (type !== 'ExternalName') return faults;
  if (textOf(spec['clusterIP']) !== undefined || listOf(spec['clusterIPs']).length > 0)
    refuse(
      'clusterIPs',
      `${who} of type ExternalName has a clusterIP`,
      'DNS answers with its externalName: nothing is proxied',
    );
  if (externalName === undefined)
    faults.push({
      code: 'MISSING_KEY',
      path: ['spec', 'type'],
      message: `${who} of type ExternalName has no externalName`,
    });
  else if (!SUBDOMAIN.fits(externalName))
    faults.push({
      code: 'BAD_NAME',
      path: ['spec', 'externalName'],
      message: `externalName "${externalName}" is no DNS name`,
      hint: externalName.endsWith('.') ? 'write it without the dot at the end' : SUBDOMAIN.words,
    });
  return faults;
};

/** A day, in seconds. */
const LONGEST_AFFINITY = 86_400;

const affinity = ({ service, stated }: DecodedService): readonly Fault[] => {
  const { sessionAffinity, sessionAffinityConfig } = stated.spec;
  const path = ['spec', 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds'];
  const seconds = numberOf(mappingOf(mappingOf(sessionAffinityConfig)['clientIP'])['timeoutSeconds']);
  if (sessionAffinity !== 'ClientIP')
    return seconds === undefined
      ? []
      : [{ code: 'BAD_VALUE', path, message: `${nameOf(service)} has a timeout and no sessionAffinity: ClientIP` }];
  // The shape of the short form has these bounds itself.
  if (stated.short || seconds === undefined || (seconds >= 1 && seconds <= LONGEST_AFFINITY)) return [];
  return [
    { code: 'BAD_VALUE', path, message: `"timeoutSeconds" must be from 1 to ${LONGEST_AFFINITY}, not ${seconds}` },
  ];
};

/** Addresses that mean something else on every machine (ValidateNonSpecialIP). */
const externalIPs = ({ service }: DecodedService): readonly Fault[] =>
  service.externalIPs.flatMap((ip, i) =>
    isUnspecified(ip) || isLoopback(ip) || isLinkLocal(ip)
      ? [{ code: 'BAD_VALUE', path: ['spec', 'externalIPs', i], message: `${formatIp(ip)} can be no external address` }]
      : [],
  );
