import type { Netns } from '../netns.ts';

/** The sysctls that someone set, as `sysctl -a` prints them: `net.ipv4.ip_forward = 1`, in order of name. */
export const printSysctls = ({ sysctls }: Pick<Netns, 'sysctls'>): readonly string[] =>
  Object.keys(sysctls)
    .toSorted()
    .map((name) => `${name} = ${sysctls[name]}`);
