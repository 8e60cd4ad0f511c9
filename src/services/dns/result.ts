import { type Family, familyOf, type Ip } from '../../net/ip.ts';
import { clientHint, setupHint } from './client-hint.ts';
import { nameHint } from './hint.ts';
import { isOutside } from './outside.ts';
import { isBelow } from './parse.ts';
import type { About } from './record.ts';
import type { NameQuestion, ResolutionResult } from './resolution.ts';
import { ndotsOf, type ResolvConf } from './resolver.ts';
import type { NameService } from './setup.ts';
import { type Asked, walkNames } from './walk.ts';

const ipsOf = (found: readonly Asked[]): readonly Ip[] =>
  found.flatMap(({ answer }) => answer.records.flatMap((record) => ('ip' in record ? [record.ip] : [])));

/** What the records that were found mean. */
export const positive = (about: About, found: readonly Asked[], family: Family | undefined): ResolutionResult => {
  const all = found.flatMap(({ answer }) => answer.about ?? []);
  switch (about.kind) {
    case 'service': {
      const { service, port } = about;
      const ips = port === undefined ? ipsOf(found) : service.clusterIPs;
      const wanted = ips.filter((ip) => family === undefined || familyOf(ip) === family);
      return { kind: 'service', service, ips: wanted, ...(port !== undefined && { port }) };
    }
    case 'endpoints': {
      const backends = all.flatMap((one) => (one.kind === 'endpoints' ? one.backends : []));
      const wanted = backends.filter(({ ip }) => family === undefined || familyOf(ip) === family);
      return { kind: 'endpoints', service: about.service, backends: wanted };
    }
    default:
      return about;
  }
};

// musl leaves the search domains out where the name has dots enough.
const muslHint = (names: NameService, conf: ResolvConf, q: NameQuestion): string | undefined => {
  if (q.libc !== 'musl') return undefined;
  const found = walkNames(names, conf, { ...q, libc: 'glibc' }).some(({ step }) => step.rcode === 'NOERROR');
  return found ? `glibc finds ${q.name} by a search domain, and musl does not with ndots:${ndotsOf(conf)}` : undefined;
};

const hintOf = (names: NameService, conf: ResolvConf, q: NameQuestion, asked: readonly Asked[]): string => {
  const [nameserver] = conf.nameservers;
  const { pod } = q.client;
  if (nameserver === undefined || !names.isCluster(nameserver)) return clientHint(pod, nameserver);
  const decided = asked.findLast(({ step }) => step.place !== undefined)?.step.because;
  return muslHint(names, conf, q) ?? nameHint(names.zone, q.name, pod?.namespace ?? 'default', decided);
};

/** What it means that nothing was found: a name of the outside world where one was passed on that can be such, else a slip. */
export const negative = (
  names: NameService,
  conf: ResolvConf,
  q: NameQuestion,
  asked: readonly Asked[],
): ResolutionResult => {
  const { zone, kubelet } = names;
  const wrong = setupHint(names, q.client.pod, conf.nameservers[0]);
  const passedOn = asked.filter(({ step }) => step.rcode === 'FORWARDED').map(({ step }) => step.name.toLowerCase());
  const outside = passedOn.find((name) => {
    if (wrong !== undefined && isBelow(name, kubelet.clusterDomain)) return false;
    // A server of the cluster's own that is not the cluster DNS may well know its names.
    return isOutside(zone, name) || (wrong === undefined && isBelow(name, zone.domain));
  });
  const hint = wrong ?? hintOf(names, conf, q, asked);
  if (outside === undefined) return { kind: 'nothing', hint };
  // What a search domain made of a short name may be a slip all the same.
  return { kind: 'external', name: outside, ...(outside !== q.name.replace(/\.$/, '').toLowerCase() && { hint }) };
};
