/** What a name below the cluster domain asks for. */
export type DnsRequest =
  /** The domain itself, `svc` or `pod`: names that exist and have no records. */
  | { readonly kind: 'apex' }
  | {
      readonly kind: 'svc' | 'pod';
      readonly namespace: string;
      readonly service?: string;
      readonly endpoint?: string;
      readonly port?: string;
      readonly protocol?: string;
    };

/** Whether `name` is `domain` or below it; both in lower case and without a last dot. */
export const isBelow = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);

const bare = (label: string): string => (label.startsWith('_') ? label.slice(1) : label);

/**
 * Splits a name as CoreDNS does (coredns/coredns plugin/kubernetes/parse.go parseRequest, without the zonal option):
 * from the right `svc` or `pod`, the namespace, the Service, and then one label for an endpoint or two for a port and its protocol.
 * @param name in lower case, without a last dot, at or below `domain`
 * @returns undefined where no such name can exist
 */
export const parseName = (name: string, domain: string): DnsRequest | undefined => {
  if (name === domain) return { kind: 'apex' };
  const labels = name.slice(0, -domain.length - 1).split('.');
  const kind = labels.pop();
  if (kind !== 'svc' && kind !== 'pod') return undefined;
  const namespace = labels.pop();
  if (namespace === undefined) return { kind: 'apex' };
  const service = labels.pop();
  if (service === undefined) return { kind, namespace };
  const [first, second, ...more] = labels;
  if (more.length > 0) return undefined;
  if (first === undefined) return { kind, namespace, service };
  if (second === undefined) return { kind, namespace, service, endpoint: first };
  return { kind, namespace, service, port: bare(first), protocol: bare(second) };
};
