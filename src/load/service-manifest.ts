import * as z from 'zod/mini';

// The shape of a Service as people write it: the fields of k8s.io/api/core/v1 ServiceSpec, which the API server refuses others beside.

const optional = z.optional;
const text = z.string();
const port = z.int().check(z.minimum(1), z.maximum(65535));
const nodePort = z.int().check(z.minimum(0), z.maximum(65535));
const address = z.nullable(text);
const words = z.record(z.string(), z.string());

const policy = z.enum(['Cluster', 'Local']);
const family = z.enum(['IPv4', 'IPv6']);

const servicePort = z.strictObject({
  name: optional(text),
  protocol: optional(z.enum(['TCP', 'UDP', 'SCTP'])),
  appProtocol: optional(text),
  port,
  targetPort: optional(z.union([text, nodePort])),
  nodePort: optional(nodePort),
});

const spec = z.strictObject({
  type: optional(z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])),
  clusterIP: optional(address),
  clusterIPs: optional(z.array(text)),
  ports: optional(z.array(servicePort)),
  selector: optional(z.nullable(words)),
  externalIPs: optional(z.array(text)),
  loadBalancerIP: optional(text),
  loadBalancerClass: optional(text),
  loadBalancerSourceRanges: optional(z.array(text)),
  allocateLoadBalancerNodePorts: optional(z.boolean()),
  externalName: optional(text),
  externalTrafficPolicy: optional(policy),
  internalTrafficPolicy: optional(policy),
  healthCheckNodePort: optional(nodePort),
  sessionAffinity: optional(z.enum(['ClientIP', 'None'])),
  sessionAffinityConfig: optional(
    z.strictObject({ clientIP: optional(z.strictObject({ timeoutSeconds: optional(z.int()) })) }),
  ),
  publishNotReadyAddresses: optional(z.boolean()),
  trafficDistribution: optional(text),
  ipFamilyPolicy: optional(z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack'])),
  ipFamilies: optional(z.array(family)),
  // Of earlier releases.
  ipFamily: optional(family),
  topologyKeys: optional(z.array(text)),
});

/** A Service manifest: what is wrong with its spec is named where it stands. */
export const serviceManifest = z.looseObject({ spec: optional(spec) });
