/** The commands that give a namespace its state, in the order in which they must run. */
export type Setup = {
  readonly sysctls: readonly string[];
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly neighbours: readonly string[];
  readonly fdb: readonly string[];
  readonly iptables: string;
  readonly ip6tables: string;
  readonly nft: string;
  readonly ebtables: readonly string[];
  readonly ipsets: readonly string[];
};
