/** What a client of a Service would call it that one of kube-proxy's own lines stopped the packet. */
export type Meaning =
  | 'SERVICE_NO_ENDPOINTS'
  | 'SERVICE_NO_LOCAL_ENDPOINTS'
  | 'SERVICE_SOURCE_RANGES'
  | 'SERVICE_WRONG_PORT'
  | 'SERVICE_ADDRESS_UNUSED';

const BY_LINE: readonly (readonly [line: RegExp, meaning: Meaning])[] = [
  // iptables mode.
  [/^-A KUBE-(EXTERNAL-)?SERVICES .*-j REJECT/, 'SERVICE_NO_ENDPOINTS'],
  [/^-A KUBE-(EXTERNAL-)?SERVICES .*-j DROP/, 'SERVICE_NO_LOCAL_ENDPOINTS'],
  [/^-A KUBE-PROXY-FIREWALL .*-j DROP/, 'SERVICE_SOURCE_RANGES'],
  // ipvs mode.
  [/^-A KUBE-SOURCE-RANGES-FIREWALL .*-j DROP/, 'SERVICE_SOURCE_RANGES'],
  [/^-A KUBE-IPVS-FILTER .*-j REJECT/, 'SERVICE_WRONG_PORT'],
  // nftables mode.
  [/ no-endpoint-(services|nodeports) \{ .* : goto reject-chain \}$/, 'SERVICE_NO_ENDPOINTS'],
  [/ no-endpoint-(services|nodeports) \{ .* : drop \}$/, 'SERVICE_NO_LOCAL_ENDPOINTS'],
  [/ firewall-ips \{ .* : goto firewall-/, 'SERVICE_SOURCE_RANGES'],
  [/^ip6? daddr @cluster-ips reject/, 'SERVICE_WRONG_PORT'],
  [/^ip6? daddr (\{.*\}|\S+) drop/, 'SERVICE_ADDRESS_UNUSED'],
];

/**
 * Reads it from the lines that led to the end, by the names of kube-proxy's chains and maps (pkg/proxy/iptables, ipvs, nftables).
 * @param lines the rules and elements in their order, as the tools print them
 */
export const meaningOf = (lines: readonly string[]): Meaning | undefined =>
  BY_LINE.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
